//! Lists of the network: Wi-Fi, paired browsers.

use super::super::place::{Code, Menu, Place, Purpose, Then};
use super::Entries;
use crate::UiAction;
use crate::model::{Model, Network, NetworkMode, WifiState};
use crate::view::{Mark, Row};

fn row(model: &Model, network: &Network) -> Row {
    let here = model.wifi.state == WifiState::Connected && model.wifi.ssid == network.ssid;
    let value = match (here, network.signal) {
        (true, _) => "connected".to_owned(),
        (_, Some(signal)) => format!("{signal} %{}", if network.secured { "" } else { " open" }),
        (_, None) => "not in range".to_owned(),
    };
    Row { label: network.ssid.clone(), value, mark: Mark::Radio(here), opens: true, ..Row::default() }
}

pub(super) fn wifi(model: &Model) -> Entries {
    let wifi = &model.wifi;
    let mut list = Entries::new("Wi-Fi");
    list.row("Network", wifi.mode.name(), Then::menu(Menu::NetworkMode));
    let on = wifi.state != WifiState::Off;
    if on {
        for network in wifi.networks.iter().filter(|network| network.saved) {
            list.push(row(model, network), Then::menu(Menu::Network(network.ssid.clone())));
        }
        let scan = Then::DoAndOpen(UiAction::ScanWifi, Box::new(Place::Menu(Menu::Nearby, Some(0))));
        list.row("Nearby networks", "", scan);
        list.row("Join other network", "", Then::entry(Purpose::Ssid, ""));
        list.row("Show hotspot's password", "", Then::Open(Box::new(Place::Code(Code::Hotspot))));
    }
    list.fact("Address", &wifi.address);
    list
}

pub(super) fn mode(model: &Model) -> Entries {
    let mut list = Entries::new("Network");
    for mode in NetworkMode::ALL {
        let here = mode == model.wifi.mode;
        let row = Row {
            label: mode.name().into(),
            value: mode.meaning().into(),
            mark: Mark::Radio(here),
            ..Row::default()
        };
        if here {
            list.start = list.len();
        }
        list.push(row, Then::DoAndBack(UiAction::SetNetworkMode(mode)));
    }
    list
}

pub(super) fn nearby(model: &Model) -> Entries {
    let mut list = Entries::new("Nearby networks");
    list.empty = "No network heard yet";
    let mut heard: Vec<&Network> =
        model.wifi.networks.iter().filter(|network| network.signal.is_some()).collect();
    heard.sort_by_key(|network| std::cmp::Reverse(network.signal));
    for network in heard {
        list.push(row(model, network), Then::menu(Menu::Network(network.ssid.clone())));
    }
    list
}

pub(super) fn network(model: &Model, ssid: &str) -> Entries {
    let mut list = Entries::new(ssid);
    let Some(network) = model.wifi.networks.iter().find(|network| network.ssid == ssid) else {
        list.empty = "This network has gone";
        return list;
    };
    let ssid = network.ssid.clone();
    if model.wifi.state == WifiState::Connected && model.wifi.ssid == ssid {
        list.row("Disconnect", "", Then::DoAndBack(UiAction::LeaveWifi));
    } else if network.secured && !network.saved {
        list.row("Connect", "", Then::entry(Purpose::WifiPassword(ssid.clone()), ""));
    } else {
        list.row("Connect", "", Then::DoAndBack(UiAction::JoinWifi { ssid: ssid.clone(), password: None }));
    }
    if network.saved {
        if network.secured {
            list.row("Replace password", "", Then::entry(Purpose::WifiPassword(ssid.clone()), ""));
        }
        let text = format!("The pedal will not join {ssid} again by itself.");
        list.row(
            "Forget",
            "",
            Then::confirm("Forget network?", &text, "Forget", UiAction::ForgetWifi(ssid.clone())),
        );
    }
    list
}

pub(super) fn clients(model: &Model) -> Entries {
    let mut list = Entries::new("Paired devices");
    let pair = Then::DoAndOpen(UiAction::StartPairing, Box::new(Place::Code(Code::Pairing)));
    list.row("Pair a new device", "", pair);
    for (at, client) in model.pairing.clients.iter().enumerate() {
        list.row(&client.name, client.role.as_str(), Then::menu(Menu::Client(at)));
    }
    list
}

pub(super) fn client(model: &Model, at: usize) -> Entries {
    let Some(client) = model.pairing.clients.get(at) else { return Entries::new("Device") };
    let mut list = Entries::new(&client.name);
    list.fact("May", &client.role);
    let text = format!("{} has to be paired again.", client.name);
    list.row("Remove", "", Then::confirm("Remove device?", &text, "Remove", UiAction::RevokeClient(at)));
    list
}
