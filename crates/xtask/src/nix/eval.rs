//! `cargo xtask eval`: every variant through the real module system, and what was found as files of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::nix::measure::{self, Run};
use crate::nix::tree::Tree;
use crate::nix::{bad_input, fingerprint, manifests, options, store_path, tree};
use crate::process;
use crate::workspace::Workspace;

/// Memory that an evaluation may take, in KiB (1 GB), and seconds that it may last.
const MEMORY_BAR_KIB: u64 = 1_000_000;
const TIME_BAR_SECONDS: f64 = 5.0;

/// Options of `cargo xtask eval`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder with nixpkgs, or an evaluation tree (docs/reference/evaluation.md)
    #[arg(long, value_name = "TREE")]
    nixpkgs: PathBuf,
    /// Folder with one export per other input of flake.lock; what is not there is looked up by the lock's hash
    #[arg(long, value_name = "FOLDER")]
    inputs: Option<PathBuf>,
    /// Evaluate only these variants
    #[arg(long, value_delimiter = ',', value_name = "VARIANT")]
    only: Vec<String>,
    /// Compare with the committed files instead of writing them
    #[arg(long)]
    check: bool,
}

/// Evaluates, writes or compares, and prints a table.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if !process::exists("nix-instantiate") {
        bail!(
            "there is no nix-instantiate on the search path; docs/reference/evaluation.md says where to get Nix"
        );
    }
    let root = workspace.root();
    let evaluator = Evaluator::new(workspace, options)?;
    let stamp = json!({
        "sources": fingerprint::of_sources(root)?,
        "tree": evaluator.tree.origin["fingerprint"],
    });
    let mut output = Output { root, check: options.check, different: Vec::new(), failed: Vec::new() };

    println!("{:40} {:>7} {:>8}  result", "variant", "seconds", "MB peak");
    for variant in chosen(root, &options.only)? {
        let run = evaluator.call("variant.nix", &[("variant", &variant)])?;
        output.machine(&evaluator, &variant, &run, &stamp)?;
    }
    if options.only.is_empty() {
        evaluate_the_rest(&evaluator, &mut output, &stamp)?;
    }
    output.finish()
}

/// What belongs to no single variant: the outputs, the values of our functions, refused input, the option reference.
fn evaluate_the_rest(evaluator: &Evaluator, output: &mut Output, stamp: &Value) -> Result<()> {
    for scenario in manifests::scenarios(output.root)? {
        let run = evaluator.call("scenario.nix", &[("case", &scenario)])?;
        output.machine(evaluator, &format!("scenarios/{scenario}"), &run, stamp)?;
    }

    let run = evaluator.call("outputs.nix", &[])?;
    report("(outputs)", &run);
    match value(&run) {
        Ok(mut outputs) => {
            store_path::shorten_all(&mut outputs, &evaluator.folders());
            output.json("checks/manifests/outputs.json", &outputs)?;
            for variant in cross(&outputs) {
                // The same machine as without "-cross" but for its compiler: that it evaluates is what there is to see.
                let run = evaluator.call("variant.nix", &[("variant", &variant)])?;
                report(&variant, &run);
                if let Err(error) = value(&run) {
                    output.failed.push(format!("{variant}: {error:#}"));
                }
            }
        }
        Err(error) => output.failed.push(format!("outputs: {error:#}")),
    }

    let run = evaluator.call("functions.nix", &[])?;
    report("(functions)", &run);
    match value(&run) {
        Ok(failures) if failures == json!([]) => {}
        Ok(failures) => output.failed.push(format!("functions: {failures}")),
        Err(error) => output.failed.push(format!("functions: {error:#}")),
    }

    let mut refused = serde_json::Map::new();
    for case in bad_input::cases(output.root)? {
        let run = evaluator.call("bad-input.nix", &[("case", &case)])?;
        report(&format!("(refused: {case})"), &run);
        match bad_input::message(&case, &run) {
            Ok(message) => {
                refused.insert(
                    case,
                    store_path::shorten(&message).replace(&*output.root.to_string_lossy(), "").into(),
                );
            }
            Err(error) => output.failed.push(format!("{error:#}")),
        }
    }
    output.json("checks/manifests/bad-input.json", &refused.into())?;

    let run = evaluator.call("options.nix", &[])?;
    report("(options)", &run);
    match value(&run) {
        Ok(mut list) => {
            store_path::shorten_all(&mut list, &evaluator.folders());
            output.text("docs/reference/options.md", &options::page(&list)?)?;
        }
        Err(error) => output.failed.push(format!("options: {error:#}")),
    }

    let mut evaluation = json!({ "nix": evaluator.version()?, "tree": evaluator.tree.origin });
    evaluation["sources"] = stamp["sources"].clone();
    output.json("checks/manifests/evaluation.json", &evaluation)
}

/// The packages that are variants compiled on another platform.
fn cross(outputs: &Value) -> Vec<String> {
    let names =
        outputs["packages"]["x86_64-linux"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| name.ends_with("-cross")).map(str::to_owned).collect()
}

/// The variants to evaluate; an unknown name is an error.
fn chosen(root: &Path, only: &[String]) -> Result<Vec<String>> {
    let all = manifests::variants(root)?;
    if let Some(unknown) = only.iter().find(|name| !all.contains(name)) {
        bail!("there is no variant {unknown:?}; choose from {}", all.join(", "));
    }
    Ok(if only.is_empty() { all } else { only.to_vec() })
}

fn report(what: &str, run: &Run) {
    let seconds = run.took.as_secs_f64();
    let word = match (run.success, seconds <= TIME_BAR_SECONDS, run.peak_kib <= MEMORY_BAR_KIB) {
        (false, _, _) => "refused",
        (true, _, false) => "evaluates, but takes too much memory",
        (true, false, true) => "evaluates, but takes too long",
        (true, true, true) => "evaluates",
    };
    println!("{what:40} {seconds:7.1} {:8}  {word}", run.peak_kib / 1000);
}

/// What an evaluation printed, as JSON; its error is the end of what Nix said.
fn value(run: &Run) -> Result<Value> {
    if !run.success {
        let lines: Vec<&str> = run.stderr.lines().collect();
        bail!("{}", lines[lines.len().saturating_sub(30)..].join("\n"));
    }
    serde_json::from_str(&run.stdout).context("the evaluation did not print JSON")
}

/// Calls the files of checks/eval with a tree and the inputs.
struct Evaluator<'a> {
    workspace: &'a Workspace,
    tree: Tree,
    inputs: PathBuf,
}

impl<'a> Evaluator<'a> {
    fn new(workspace: &'a Workspace, options: &Options) -> Result<Self> {
        let tree = tree::prepare(workspace, &options.nixpkgs)?;
        let inputs = options.inputs.clone().unwrap_or_else(|| options.nixpkgs.join("inputs"));
        let inputs = if inputs.is_dir() {
            inputs.canonicalize().with_context(|| format!("cannot find {}", inputs.display()))?
        } else if options.inputs.is_some() {
            bail!("there is no folder {}", inputs.display());
        } else {
            // Every input is then looked up by the lock's hash.
            workspace.scratch("no-inputs")?
        };
        Ok(Self { workspace, tree, inputs })
    }

    /// Evaluates checks/eval/`file` with `arguments` beside the tree and the inputs.
    fn call(&self, file: &str, arguments: &[(&str, &str)]) -> Result<Run> {
        let mut command = Command::new("nix-instantiate");
        command.current_dir(self.workspace.root()).args([
            "--eval",
            "--strict",
            "--json",
            "--read-write-mode",
        ]);
        command
            .arg("--arg")
            .arg("nixpkgs")
            .arg(&self.tree.folder)
            .arg("--arg")
            .arg("inputs")
            .arg(&self.inputs);
        for (name, value) in arguments {
            command.args(["--argstr", name, value]);
        }
        command.arg(format!("checks/eval/{file}"));
        measure::run(&mut command)
    }

    /// The folders that texts may name, the innermost first, and what they are called in our files.
    fn folders(&self) -> Vec<(String, &'static str)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        vec![
            (text(&self.tree.folder), "/nixpkgs"),
            (text(&self.inputs), "/inputs"),
            (text(self.workspace.root()), "/archibald"),
        ]
    }

    fn version(&self) -> Result<String> {
        Ok(process::output(Command::new("nix-instantiate").arg("--version"))?.trim().to_owned())
    }
}

/// The files that an evaluation makes, written or compared.
struct Output<'a> {
    root: &'a Path,
    check: bool,
    different: Vec<String>,
    failed: Vec<String>,
}

impl Output<'_> {
    /// Reports the evaluation of a machine and writes its manifest.
    fn machine(&mut self, evaluator: &Evaluator, name: &str, run: &Run, stamp: &Value) -> Result<()> {
        report(name, run);
        let mut manifest = match value(run) {
            Ok(manifest) => manifest,
            Err(error) => {
                self.failed.push(format!("{name}: {error:#}"));
                return Ok(());
            }
        };
        store_path::shorten_all(&mut manifest, &evaluator.folders());
        manifest["evaluation"] = stamp.clone();
        self.failed
            .extend(manifests::problems(&manifest).into_iter().map(|problem| format!("{name}: {problem}")));
        self.json(&format!("checks/manifests/{name}.json"), &manifest)
    }

    fn json(&mut self, file: &str, value: &Value) -> Result<()> {
        let mut text = serde_json::to_string_pretty(value).context("a manifest is JSON")?;
        text.push('\n');
        self.text(file, &text)
    }

    fn text(&mut self, file: &str, text: &str) -> Result<()> {
        let path = self.root.join(file);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        if self.check {
            self.different.push(file.to_owned());
            return Ok(());
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        // Written beside and renamed, so that an interrupted run leaves the old file whole.
        let fresh = path.with_extension("new");
        fs::write(&fresh, text).with_context(|| format!("cannot write {}", fresh.display()))?;
        fs::rename(&fresh, &path).with_context(|| format!("cannot replace {}", path.display()))
    }

    fn finish(self) -> Result<()> {
        if !self.failed.is_empty() {
            bail!("{}", self.failed.join("\n"));
        }
        if !self.different.is_empty() {
            bail!("not as committed: {}; run `cargo xtask eval` without --check", self.different.join(", "));
        }
        Ok(())
    }
}
