//! In which order the tasks are listed, and where a task stands in it: each order is read through an index of its own.

use crate::domain::run::words;

words! {
    /// An order of the tasks; those that are equal in it follow each other by slug.
    #[derive(Default, PartialOrd, Ord)]
    Order {
        /// By slug.
        #[default]
        Name = "name",
        /// What needs a person first: runs, failed, missed, waits, ended well, has not run, rests, is done.
        State = "state",
        /// By the next slot; those without one at the end.
        Next = "next",
        /// By the newest run, the latest first; those that never ran at the end.
        Last = "last",
        /// To-dos by when they are due, then those that are at no time, then what is over or runs by itself.
        Due = "due",
        /// Grouped by category; those without one first.
        Category = "category",
        /// Grouped by the first of their tags; those without one first.
        Tag = "tag",
    }
}

impl Order {
    /// The column by which it goes, apart from the slug; of [`Order::Name`] there is none.
    pub(super) const fn column(self) -> Option<&'static str> {
        match self {
            Self::Name => None,
            Self::State => Some("rank"),
            Self::Next => Some("order_next"),
            Self::Last => Some("order_last"),
            Self::Due => Some("order_due"),
            Self::Category => Some("category"),
            Self::Tag => Some("tag"),
        }
    }

    /// The index along which it is read.
    pub(super) const fn index(self) -> &'static str {
        match self {
            Self::Name => "tasks_slug",
            Self::State => "tasks_by_state",
            Self::Next => "tasks_by_next",
            Self::Last => "tasks_by_last",
            Self::Due => "tasks_by_due",
            Self::Category => "tasks_by_category",
            Self::Tag => "tasks_by_tag",
        }
    }

    /// Whether that column holds text.
    pub const fn is_group(self) -> bool {
        matches!(self, Self::Category | Self::Tag)
    }
}

/// Where a task stands in an order. Places ascend as the list goes down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The order.
    pub order: Order,
    /// The value of an order that goes by a number.
    pub number: i64,
    /// The value of an order that goes by a text.
    pub text: String,
    /// The slug.
    pub slug: String,
}

impl Place {
    /// In the order by name.
    pub fn named(slug: impl Into<String>) -> Self {
        Self { slug: slug.into(), ..Self::default() }
    }
}

impl From<String> for Place {
    fn from(slug: String) -> Self {
        Self::named(slug)
    }
}

#[cfg(test)]
mod tests;
