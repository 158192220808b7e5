//! Statements by what they are about, and what was taken of them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::Oddity;
use crate::turtle::{Object, Statement, Subject, expand, term};

/// Statements by what they are about, and which of them were taken.
pub(super) struct Facts<'a> {
    pub(super) statements: &'a [Statement],
    pub(super) by_subject: HashMap<&'a Subject, Vec<usize>>,
    taken: Vec<Cell<bool>>,
    pub(super) oddities: RefCell<Vec<Oddity>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(statements: &'a [Statement]) -> Self {
        let mut by_subject: HashMap<_, Vec<_>> = HashMap::new();
        for (at, statement) in statements.iter().enumerate() {
            by_subject.entry(&statement.subject).or_default().push(at);
        }
        let taken = vec![Cell::new(false); statements.len()];
        Self { statements, by_subject, taken, oddities: RefCell::default() }
    }

    pub(super) fn find(&self, subject: &Subject, predicate: &str) -> Vec<usize> {
        let predicate = expand(predicate);
        let about = self.by_subject.get(subject).map(Vec::as_slice).unwrap_or_default();
        let matching = |at: &&usize| self.statements[**at].predicate == predicate && !self.taken[**at].get();
        about.iter().filter(matching).copied().collect()
    }

    pub(super) fn take(&self, at: usize) {
        self.taken[at].set(true);
    }

    pub(super) fn odd(&self, at: usize, what: &str) {
        self.oddities.borrow_mut().push((Some(self.statements[at].line), what.to_owned()));
    }

    pub(super) fn local(&self, at: usize) -> Option<String> {
        match &self.statements[at].object {
            Object::Node(Subject::Local(name)) if !name.is_empty() => Some(name.clone()),
            _ => None,
        }
    }

    /// Takes the first value that `read` understands.
    fn value<T>(&self, subject: &Subject, predicate: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = self.find(subject, predicate);
        for &at in &found {
            if let Some(value) = literal(&self.statements[at].object).and_then(&read) {
                self.take(at);
                return Some(value);
            }
        }
        if let Some(&at) = found.first() {
            self.odd(at, &format!("{predicate} has a value that makes no sense here: ignored"));
        }
        None
    }

    pub(super) fn text(&self, subject: &Subject, predicate: &str) -> Option<String> {
        self.value(subject, predicate, |text| Some(text.to_owned()))
    }

    pub(super) fn real(&self, subject: &Subject, predicate: &str) -> Option<f64> {
        self.value(subject, predicate, |text| {
            text.trim()
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite() && value.abs() <= f64::from(f32::MAX))
        })
    }

    pub(super) fn whole(&self, subject: &Subject, predicate: &str) -> Option<u32> {
        self.value(subject, predicate, whole)
    }

    pub(super) fn peek_whole(&self, subject: &Subject, predicate: &str) -> Option<u32> {
        let found = self.find(subject, predicate);
        found.first().and_then(|&at| literal(&self.statements[at].object)).and_then(whole)
    }

    pub(super) fn truth(&self, subject: &Subject, predicate: &str) -> Option<bool> {
        self.value(subject, predicate, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    pub(super) fn types(&self, subject: &Subject, classes: &[&str]) {
        let classes = classes.iter().map(|class| expand(class)).collect::<Vec<_>>();
        self.drop_standard(
            subject,
            "a",
            |object| matches!(object, Object::Node(Subject::Iri(class)) if classes.contains(class)),
        );
    }

    pub(super) fn drop_standard(
        &self,
        subject: &Subject,
        predicate: &str,
        standard: impl Fn(&Object) -> bool,
    ) {
        for at in self.find(subject, predicate) {
            if standard(&self.statements[at].object) {
                self.take(at);
            }
        }
    }

    pub(super) fn rest(&self) -> String {
        let left = self.statements.iter().zip(&self.taken).filter(|(_, taken)| !taken.get());
        // Nodes without names are numbered anew, so that reading and writing again gives the same text.
        let mut numbers = HashMap::new();
        let mut renumber = |subject: &Subject| match subject {
            Subject::Blank(number) => {
                let next = numbers.len();
                Subject::Blank(*numbers.entry(*number).or_insert(next))
            }
            named => named.clone(),
        };
        let mut text = String::new();
        for (statement, _) in left {
            let subject = renumber(&statement.subject);
            let object = match &statement.object {
                Object::Node(node) => Object::Node(renumber(node)),
                literal => literal.clone(),
            };
            text.push_str(&term(&subject, &statement.predicate, &object));
        }
        text
    }
}

pub(super) fn literal(object: &Object) -> Option<&str> {
    match object {
        Object::Literal { value, .. } => Some(value),
        Object::Node(_) => None,
    }
}

fn whole(text: &str) -> Option<u32> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        // Written as a real number by some.
        let value: f64 = text.parse().ok()?;
        (value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value)).then_some(value as u32)
    })
}
