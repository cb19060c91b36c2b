//! What is measured, one row for each piece of the way of a request. `micro` times the rows, `instructions` counts what
//! they execute, and `tests/allocations.rs` what they allocate.

mod domain;
mod gate;
mod guard;
pub mod house;
mod pages;
mod request;
mod routes;
mod wire;

/// One piece of work, whenever it is called.
pub type Work = Box<dyn FnMut()>;

/// A row of the tables. The first part of its name is the part of the product that it is about.
pub struct Row {
    pub name: String,
    /// Makes everything that the work needs, which is not measured.
    pub prepare: Box<dyn Fn() -> Work>,
    /// Whether the same work can be done again. Otherwise each is prepared anew.
    pub again: bool,
}

impl Row {
    fn again(name: impl Into<String>, prepare: impl Fn() -> Work + 'static) -> Row {
        Row { name: name.into(), prepare: Box::new(prepare), again: true }
    }

    fn once(name: impl Into<String>, prepare: impl Fn() -> Work + 'static) -> Row {
        Row { name: name.into(), prepare: Box::new(prepare), again: false }
    }
}

/// All of them, in the order of the tables.
pub fn all() -> Vec<Row> {
    let rooms = [request::rows(), guard::rows(), gate::rows(), domain::rows(), routes::rows(), pages::rows()];
    rooms.into_iter().flatten().collect()
}
