//! The store's contract, one suite for every store. `redis-server` has to be there (tests/run installs it); where
//! `valkey-server` is as well, it is held to the same.

#[path = "../support/mod.rs"]
mod support;

mod bill;
mod contract;
mod failover;
mod faults;
mod houses;
#[allow(dead_code, reason = "it serves the gate's own tests too")]
#[path = "../gate/stage.rs"]
mod stage;
mod takes;

use houses::House;

/// Every row of the contract as a test of its own, for one store.
macro_rules! suite {
    ($store:ident, $house:path) => {
        mod $store {
            suite!(@rows $house;
                of_steps_with_one_version_the_first_is_written_and_no_other,
                a_step_is_written_whole_or_not_at_all,
                every_record_reads_back_as_it_was_written,
                of_many_swaps_at_once_one_wins_each_round,
                an_allowance_is_never_overdrawn,
                many_are_taken_from_together_or_none,
                a_look_takes_nothing,
                allowances_count_as_the_domain_does,
                counts_count_as_the_domain_does,
                of_many_counts_at_once_none_is_lost,
                of_many_who_ask_one_gets_what_was_parked,
                a_users_sessions_are_found_by_the_user,
                enrolments_change_only_from_what_was_read,
                revocations_come_in_order_and_to_everybody,
                a_node_hears_of_a_revocation_at_once_or_by_asking,
                a_revocation_that_is_over_is_forgotten,
                of_last_uses_only_news_is_told,
                the_last_use_that_is_known_never_goes_back,
                what_is_over_is_there_until_housekeeping_takes_it,
                everything_outlives_the_handle,
                figures_of_all_who_count_add_up,
                figures_are_kept_for_ninety_days,
            );
        }
    };
    (@rows $house:path; $($row:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $row() {
                crate::contract::$row(&$house()).await;
            }
        )*

        /// For a store that is there or not.
        #[allow(dead_code, reason = "one store uses it")]
        pub async fn all(house: impl Fn() -> crate::House) {
            $(crate::contract::$row(&house()).await;)*
        }
    };
}

suite!(embedded, crate::House::embedded);
suite!(redis, crate::House::redis);
suite!(redis_over_tls_as_a_user_with_few_rights, crate::House::redis_over_tls);
suite!(redis_with_a_replica_that_is_waited_for, crate::House::redis_with_replica);
suite!(sentinel, crate::House::sentinel);
suite!(cluster, crate::House::cluster);
suite!(cluster_over_tls, crate::House::cluster_over_tls);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn valkey_keeps_it_too_where_it_is_installed() {
    match House::has_valkey() {
        true => redis::all(House::valkey).await,
        false => println!("no valkey-server on this machine: nothing was said about Valkey"),
    }
}
