//! The web interface with a session, an engine without sound, and boards in a folder of their own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use pedald::context::Paths;
use pedald::engine::FakeCatalogue;
use pedald::engine::fake::FakeEngine;
use pedald::plugins::{PluginShelf, PluginTable, from_spec};
use pedald::session::{Catalogue, Core, SessionHandle};
use pedald::store::FolderDisk;
use pedald::web::{Folders, Loopback, Machine, NoMachine, Options, Web, router};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tower::ServiceExt;

pub struct WebRig {
    pub web: Web,
    pub routes: Router,
    pub place: tempfile::TempDir,
    pub paths: Paths,
}

/// What came back.
pub struct Back {
    pub status: StatusCode,
    pub kind: String,
    pub reason: String,
    pub cookies: Vec<String>,
    pub bytes: Vec<u8>,
}

impl Back {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl WebRig {
    pub fn new() -> Self {
        Self::with(true, Options { install: true, version: "1.2.3".into(), ..Options::default() })
    }

    /// With a list of devices, of which three are paired; this machine is trusted.
    pub fn paired() -> Self {
        let mut rig = Self::new();
        let (desk, _) = pedald::access::Desk::open(&rig.paths.state);
        for (name, role) in [("Phone", pedald::access::Role::Admin), ("Tablet", pedald::access::Role::Player)]
        {
            desk.admit(name, role).unwrap();
        }
        let network =
            pedald::network::Network::start(pedald::network::Simulated::default(), &rig.paths.state);
        let access = pedald::web::Paired { desk, network, trusted: true };
        let folders = rig.web.folders().clone();
        let (session, shelf) = (rig.web.session().clone(), rig.web.plugins().clone());
        rig.web = Web::new(
            session,
            shelf,
            Arc::new(NoMachine),
            Arc::new(access),
            folders,
            rig.web.options().clone(),
        );
        rig.routes = router(rig.web.clone());
        rig
    }

    /// With a list of devices and nobody trusted: whoever comes needs a token of the desk.
    pub fn strict(options: Options, machine: Arc<dyn Machine>) -> (Self, pedald::access::Desk) {
        let mut rig = Self::with_machine(false, options, machine.clone());
        let (desk, _) = pedald::access::Desk::open(&rig.paths.state);
        let network =
            pedald::network::Network::start(pedald::network::Simulated::default(), &rig.paths.state);
        let access = pedald::web::Paired { desk: desk.clone(), network, trusted: false };
        let (session, shelf) = (rig.web.session().clone(), rig.web.plugins().clone());
        let (folders, options) = (rig.web.folders().clone(), rig.web.options().clone());
        rig.web = Web::new(session, shelf, machine, Arc::new(access), folders, options);
        rig.routes = router(rig.web.clone());
        (rig, desk)
    }

    /// With other descriptions of its plugins.
    pub fn with_plugins(mut self, change: impl Fn(&mut Value)) -> Self {
        let fake = FakeCatalogue::default();
        let specs = ["gain", "delay", "filter", "amp"].map(|name| {
            let mut value = from_spec(&fake.plugin(&format!("urn:fake:{name}")).unwrap());
            change(&mut value);
            value
        });
        let shelf = Arc::new(PluginShelf::fixed(PluginTable::from_values(specs)));
        let (session, folders) = (self.web.session().clone(), self.web.folders().clone());
        let access = Arc::new(Loopback { trusted: true });
        let options = self.web.options().clone();
        self.web = Web::new(session, shelf, Arc::new(NoMachine), access, folders, options);
        self.routes = router(self.web.clone());
        self
    }

    pub fn with(trusted: bool, options: Options) -> Self {
        Self::with_machine(trusted, options, Arc::new(NoMachine))
    }

    pub fn with_machine(trusted: bool, options: Options, machine: Arc<dyn Machine>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(place.path().join("data")), |name| {
            (name == "MOD_FACTORY_PEDALBOARDS_DIR")
                .then(|| place.path().join("factory").display().to_string())
        });
        paths.make().unwrap();
        pedalboard::make_folders(&pedalboard::Disk, &paths.user_plugins).unwrap();
        let fake = FakeCatalogue::default();
        let uris = ["gain", "delay", "filter", "amp"].map(|name| format!("urn:fake:{name}"));
        let specs = uris.iter().map(|uri| from_spec(&fake.plugin(uri).unwrap()));
        let shelf = Arc::new(PluginShelf::fixed(PluginTable::from_values(specs)));
        let (engine, _control) = FakeEngine::new(FakeCatalogue::default());
        let disk = FolderDisk::new(paths.clone(), shelf.clone());
        let session = SessionHandle::start(Core::new(shelf.clone()), engine, disk);
        let folders = Folders {
            data: paths.data.clone(),
            user_files: paths.user_files.clone(),
            boards: paths.pedalboards.clone(),
            lv2: paths.user_plugins.clone(),
            html: None,
        };
        let web = Web::new(session, shelf, machine, Arc::new(Loopback { trusted }), folders, options);
        Self { routes: router(web.clone()), web, place, paths }
    }

    /// With a simulated pedal v3 around it: its hand. Its first footswitch sends controller 60 on channel 14 (13 from 0).
    pub fn with_pedal(mut self) -> (Self, pedald::hardware::Hand) {
        use pedald::controls;
        let display = pedald::display::Display::new();
        let found = pedald::hardware::Found::Simulated(pedal_hardware::Profile::v3());
        let hardware = pedald::hardware::Hardware::new(&found, display.frames());
        let hand = hardware.hand().expect("it is simulated");
        let files = controls::Files::new(&self.paths.data, &self.paths.state, None);
        let session = self.web.session().clone();
        let part = controls::Part::new(
            session,
            display.clone(),
            files,
            found,
            hardware,
            controls::AlsaOut::default(),
        );
        tokio::spawn(controls::run(part));
        self.web = self.web.with_display(display);
        self.routes = router(self.web.clone());
        (self, hand)
    }

    /// Waits until the session has its engine.
    pub async fn ready(self) -> Self {
        let mut watch = self.web.session().watch();
        tokio::time::timeout(Duration::from_secs(60), async {
            while !watch.state().engine.is_running() {
                watch.next().await.unwrap();
            }
        })
        .await
        .expect("the engine comes up");
        self
    }

    pub async fn send(&self, mut request: Request<Body>) -> Back {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (status, kind, reason) =
            (response.status(), header("content-type"), header("x-archibald-reason"));
        let cookies = response.headers().get_all(header::SET_COOKIE).into_iter();
        let cookies = cookies.map(|value| value.to_str().unwrap().to_owned()).collect();
        let bytes = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        Back { status, kind, reason, cookies, bytes }
    }

    pub async fn get(&self, path: &str) -> Back {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Back {
        let body =
            fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Back {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Serves on a port of its own and connects a WebSocket.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(pedald::web::serve(listener, self.web.clone()));
        address
    }
}

pub fn escaped(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A browser's side of the WebSocket.
pub struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let (socket, _) =
            tokio_tungstenite::connect_async(format!("ws://{address}/websocket")).await.unwrap();
        Self(socket)
    }

    /// As a program with these headers connects; the status when it is refused.
    pub async fn connect_with(address: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, StatusCode> {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let mut request = format!("ws://{address}/websocket").into_client_request().unwrap();
        for (name, value) in headers {
            let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether the other side ends it.
    pub async fn is_ended(&mut self) -> bool {
        let all = async {
            while let Some(Ok(message)) = self.0.next().await {
                if matches!(message, Message::Close(_)) {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), all).await.is_ok()
    }

    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next message that is no statistic.
    pub async fn hear(&mut self) -> String {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(60), self.0.next()).await;
            let message = message.expect("a message within a minute").expect("the socket is open").unwrap();
            if let Message::Text(text) = message
                && !["stats ", "sys_stats ", "ping"].iter().any(|start| text.starts_with(start))
            {
                return text.to_string();
            }
        }
    }

    /// Messages up to the one that begins like this, with it.
    pub async fn until(&mut self, start: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.hear().await);
            if heard.last().unwrap().starts_with(start) {
                return heard;
            }
        }
    }
}

/// Path of a board that was saved.
pub fn bundle(back: &Back) -> PathBuf {
    back.json()["bundlepath"].as_str().expect("a bundle").into()
}
