//! Many at once, on two nodes with one store.

use sekisho::domain::challenge::Gone;
use sekisho::domain::event::What;
use sekisho::domain::refusal::Refusal;

use super::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_parallel_right_answers_one_gets_the_pass_and_nobody_is_locked_out() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let code = stage.code();
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let gate = if n % 2 == 0 { stage.gate.clone() } else { stage.other.clone() };
            let (caller, id, code) = (caller.clone(), id.clone(), code.clone());
            tokio::spawn(async move { gate.verify(&caller, &id, &code).await.map(|_| ()) })
        })
        .collect();
    let mut passes = 0;
    for task in tasks {
        match task.await.expect("runs") {
            Ok(()) => passes += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::Gone(Gone::Used)),
        }
    }
    assert_eq!(passes, 1);
    assert_eq!(stage.heard(What::AuthnTokenCreated), 1);
    assert!(stage.begin(&caller, "alice", "pw").await.is_ok(), "right answers are no failures");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_parallel_guesses_cost_exactly_the_allowed_tries() {
    let stage = Stage::set().await;
    let caller = stage.caller();
    let id = stage.begin(&caller, "alice", "pw").await.expect("begins").view.id;
    let wrong = stage.wrong_code();
    let tasks: Vec<_> = (0..1000)
        .map(|n| {
            let gate = if n % 2 == 0 { stage.gate.clone() } else { stage.other.clone() };
            let (caller, id, wrong) = (caller.clone(), id.clone(), wrong.clone());
            tokio::spawn(async move { gate.verify(&caller, &id, &wrong).await.map(|_| ()) })
        })
        .collect();
    let mut left = Vec::new();
    for task in tasks {
        match task.await.expect("runs").expect_err("every guess is wrong") {
            Refusal::WrongCode { tries_left } => left.push(tries_left),
            // Whoever read the challenge before its last try and the account after it hears that the account waits.
            refusal => assert!(matches!(refusal, Refusal::Gone(Gone::OutOfTries) | Refusal::Waiting(_)), "{refusal:?}"),
        }
    }
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
}
