//! Names that a Nix file declares and never uses: `let` bindings and arguments of functions.

use rnix::ast::{self, HasEntry};
use rnix::{Root, SyntaxKind, SyntaxNode};
use rowan::ast::AstNode;

/// The unused names of a file, each as "line: what". Empty for a file that does not parse: others report that.
///
/// A name counts as used when it is mentioned anywhere in its scope, so one that is hidden by an inner name of the same
/// spelling is missed. Names that begin with an underscore are meant to be unused.
pub(super) fn unused(text: &str) -> Vec<String> {
    let parsed = Root::parse(text);
    if !parsed.errors().is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for node in parsed.tree().syntax().descendants() {
        for (name, kind) in declared(&node) {
            let spelled = name.to_string();
            if !spelled.starts_with('_') && !mentions(&node, &spelled) {
                let line = 1 + text[..usize::from(name.text_range().start())].matches('\n').count();
                found.push(format!("{line}: unused {kind} {spelled}"));
            }
        }
    }
    found
}

/// The names that `node` itself declares, with what they are.
fn declared(node: &SyntaxNode) -> Vec<(SyntaxNode, &'static str)> {
    if let Some(binding) = ast::LetIn::cast(node.clone()) {
        let simple = binding.attrpath_values().filter_map(|value| value.attrpath()?.attrs().next());
        let inherited = binding.inherits().flat_map(|inherit| inherit.attrs());
        return simple.chain(inherited).filter_map(identifier).map(|name| (name, "binding")).collect();
    }
    let Some(parameter) = ast::Lambda::cast(node.clone()).and_then(|lambda| lambda.param()) else {
        return Vec::new();
    };
    match parameter {
        ast::Param::IdentParam(parameter) => {
            parameter.ident().map(|name| (name.syntax().clone(), "argument")).into_iter().collect()
        }
        ast::Param::Pattern(pattern) => {
            let entries = pattern.pat_entries().filter_map(|entry| entry.ident());
            let whole = pattern.pat_bind().and_then(|bind| bind.ident());
            entries.chain(whole).map(|name| (name.syntax().clone(), "argument")).collect()
        }
    }
}

fn identifier(attribute: ast::Attr) -> Option<SyntaxNode> {
    match attribute {
        ast::Attr::Ident(name) => Some(name.syntax().clone()),
        _ => None,
    }
}

/// True if `name` is read somewhere in `scope`.
fn mentions(scope: &SyntaxNode, name: &str) -> bool {
    scope
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::NODE_IDENT && node.text() == name)
        .any(|node| reads(&node, scope))
}

/// True if this identifier reads a variable, rather than naming an attribute or declaring a name.
fn reads(identifier: &SyntaxNode, scope: &SyntaxNode) -> bool {
    let Some(parent) = identifier.parent() else { return false };
    match parent.kind() {
        SyntaxKind::NODE_ATTRPATH | SyntaxKind::NODE_PAT_BIND | SyntaxKind::NODE_IDENT_PARAM => false,
        // The default of an entry is its second child; the first is the declaration.
        SyntaxKind::NODE_PAT_ENTRY => parent.first_child().is_some_and(|first| first != *identifier),
        // `inherit x;` reads x from outside, unless it stands in the very scope that it declares x for.
        SyntaxKind::NODE_INHERIT => {
            !parent.children().any(|child| child.kind() == SyntaxKind::NODE_INHERIT_FROM)
                && parent.parent().as_ref() != Some(scope)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_names_are_found_with_their_line() {
        assert_eq!(unused("let\n  a = 1;\n  b = 2;\nin\na"), ["3: unused binding b"]);
        assert_eq!(unused("{ lib, pkgs, ... }: lib.id 1"), ["1: unused argument pkgs"]);
        assert_eq!(unused("x: y: y"), ["1: unused argument x"]);
        assert_eq!(unused("args@{ lib }: lib"), ["1: unused argument args"]);
        assert_eq!(unused("let inherit (lib) mkIf mkForce; in mkIf"), ["1: unused binding mkForce"]);
    }

    #[test]
    fn used_names_are_left_alone() {
        for text in [
            "let a = 1; in { inherit a; }",
            "let a.b = 1; in a",
            "{ lib, x ? lib.id 1 }: x",
            "let f = n: if n == 0 then 0 else f (n - 1); in f 3",
            "_: _unused: 1",
            "final: prev: { inherit (prev) x; y = final.x; }",
            "let name = \"a\"; in { ${name} = \"${name}\"; }",
        ] {
            assert_eq!(unused(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn an_attribute_of_the_same_name_is_no_use() {
        assert_eq!(unused("pkgs: { pkgs = 1; }"), ["1: unused argument pkgs"]);
        assert_eq!(unused("pkgs: x.pkgs"), ["1: unused argument pkgs",]);
        assert_eq!(unused("pkgs: { inherit (x) pkgs; }"), ["1: unused argument pkgs"]);
    }

    #[test]
    fn a_file_that_does_not_parse_is_somebody_elses_business() {
        assert_eq!(unused("let a = ; in"), Vec::<String>::new());
    }
}
