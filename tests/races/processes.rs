//! Several processes of the real binary on one store.
