//! Below SQL: what a FORGET leaves behind in dead row versions, indexes, statistics and data files is removed, as far as
//! it can be, and what stands in the way is named.

pub mod gate;
