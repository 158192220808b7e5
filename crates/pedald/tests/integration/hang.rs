//! The link to an engine that accepts connections and never says anything.

use mod_protocol::Command;
use pedald::engine::{EngineEvent, EngineLink, SocketEngine};
use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};

#[tokio::test]
async fn a_link_that_is_given_up_is_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("engine");
    let commands = UnixListener::bind(&path).unwrap();
    let feedback = UnixListener::bind(place.path().join("engine.feedback")).unwrap();
    let mut link = SocketEngine::new(&path, &place.path().join("boards")).unwrap();
    link.give_up("there is none");
    let mut held: Vec<UnixStream> = Vec::new();
    for round in 0..2 {
        assert_eq!(link.next().await, EngineEvent::Up, "round {round}");
        // two lines for commands, one for feedback
        let mut line = commands.accept().await.unwrap().0;
        held.extend([commands.accept().await.unwrap().0, feedback.accept().await.unwrap().0]);
        link.send(1, Command::XEvents { enable: true });
        assert!(line.read_u8().await.is_ok(), "it takes commands");
        link.give_up("it has not answered for 16 s");
        assert_eq!(link.next().await, EngineEvent::Down("it has not answered for 16 s".into()));
        // the other side sees that as well
        let mut rest = Vec::new();
        line.read_to_end(&mut rest).await.unwrap();
        assert!(rest.starts_with(b"_events"), "{}", String::from_utf8_lossy(&rest));
    }
    assert_eq!(held.len(), 4);
}
