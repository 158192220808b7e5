//! `streamdb serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::At;
use crate::http::{self, Token};

/// How long requests may go on after SIGTERM.
const LAST: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    at: At,
    /// Address and port; other than loopback only with a token
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// File whose first line is the token that clients send, 16 characters or more
    #[arg(long, value_name = "FILE", env = "STREAMDB_TOKEN_FILE")]
    token_file: Option<PathBuf>,
}

pub(super) fn serve(args: &ServeArgs) -> Result<()> {
    let token = args.token_file.as_ref().map(|file| {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the token file {}", file.display()))?;
        Token::parse(&text).with_context(|| {
            format!(
                "{}: the first line must be a token of {} or more plain characters",
                file.display(),
                Token::SHORTEST
            )
        })
    });
    let token = token.transpose()?;
    if token.is_none() && !args.listen.ip().is_loopback() {
        bail!("{} can be reached by others: give a --token-file, or listen on 127.0.0.1", args.listen);
    }
    let store = Arc::new(args.at.open()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("cannot listen on {}: is another service there?", args.listen))?;
        println!("listening on http://{}", listener.local_addr()?);
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let (ending, ended) = tokio::sync::oneshot::channel();
        let end = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            let _ = ending.send(());
        };
        let serving = http::serve(listener, http::router(store, token), http::Patience::default(), end);
        tokio::select! {
            () = serving => {}
            () = async { let _ = ended.await; tokio::time::sleep(LAST).await } => {}
        }
        Ok(())
    })
}
