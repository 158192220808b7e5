//! Routes, each with the role that it needs: there is no other way to add one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::routing::MethodRouter;

use super::Role;
use crate::web::Web;

/// What the gate knows of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Who may.
    pub role: Role,
    /// Whether it is a page or a part of one: it changes nothing, and may be opened by a link.
    pub page: bool,
    /// Whether only programs of this machine may, whatever their role is.
    pub local: bool,
}

/// Which rule a route has, by its pattern.
pub(crate) type Rules = Arc<BTreeMap<String, Rule>>;

/// Routes with their rules. Each is there with and without a slash at the end, as the programs ask for both.
#[derive(Debug)]
pub struct Table<S = Web> {
    router: Router<S>,
    rules: BTreeMap<String, Rule>,
    role: Role,
    local: bool,
}

impl<S: Clone + Send + Sync + 'static> Table<S> {
    /// Routes for this role and those above it.
    pub fn new(role: Role) -> Self {
        Self { router: Router::new(), rules: BTreeMap::new(), role, local: false }
    }

    /// Routes for programs of this machine only, as the simulated pedal: who sits at the machine holds the pedal.
    pub fn at_the_pedal() -> Self {
        Self { local: true, ..Self::new(Role::Guest) }
    }

    fn add(mut self, path: &str, method: MethodRouter<S>, page: bool) -> Self {
        self.rules.insert(path.to_owned(), Rule { role: self.role, page, local: self.local });
        self.router = self.router.route(path, method);
        self
    }

    /// A route, also with a slash at the end.
    pub fn on(self, path: &str, method: MethodRouter<S>) -> Self {
        let with_slash = format!("{path}/");
        self.add(path, method.clone(), false).add(&with_slash, method, false)
    }

    /// For paths that end with a part that takes everything.
    pub fn tail(self, path: &str, method: MethodRouter<S>) -> Self {
        self.add(path, method, false)
    }

    /// A page or a part of one: it changes nothing, and may be opened by a link or typed into the browser.
    pub fn page(self, path: &str, method: MethodRouter<S>) -> Self {
        self.add(path, method, true)
    }

    /// Changes all routes so far, as with a layer of their own. A route that is added by this has no rule: it is closed.
    pub fn each(self, change: impl FnOnce(Router<S>) -> Router<S>) -> Self {
        Self { router: change(self.router), ..self }
    }

    /// Both tables. What is added afterwards has this table's role.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rules.extend(other.rules);
        self
    }

    /// The routes with what they work on.
    pub fn with_state(self, state: S) -> Table<()> {
        Table { router: self.router.with_state(state), rules: self.rules, role: self.role, local: self.local }
    }

    /// The patterns with their rules.
    pub fn rules(&self) -> &BTreeMap<String, Rule> {
        &self.rules
    }

    pub(super) fn parts(self) -> (Router<S>, Rules) {
        (self.router, Arc::new(self.rules))
    }
}
