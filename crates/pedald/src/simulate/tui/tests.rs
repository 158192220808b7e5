use super::*;
use crate::hardware::{Found, Hardware, Input};
use pedal_hardware::input::SwitchEvent;
use pedal_hardware::{Event as Done, Profile};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn pedal() -> (Hardware, Hand, Display) {
    let display = Display::new();
    let mut hardware = Hardware::new(&Found::Simulated(Profile::v3()), display.frames());
    hardware.wire(&Profile::v3().with_expression(5, 75), crate::hardware::BusSettings::default());
    let hand = hardware.hand().expect("a simulated pedal");
    (hardware, hand, display)
}

fn letter(letter: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)
}

#[tokio::test]
async fn keys_press_turn_and_move() {
    let (mut hardware, hand, _) = pedal();
    let mut inputs = hardware.take_inputs().expect("the first");
    let mut keys = Keys::default();
    let start = Instant::now();
    assert!(!keys.key(&hand, letter('2'), start));
    keys.let_go(&hand, start);
    assert_eq!(keys.held.len(), 1);
    keys.let_go(&hand, start + SHORT);
    assert!(keys.held.is_empty());
    keys.key(&hand, KeyEvent::new(KeyCode::Right, KeyModifiers::NONE), start);
    keys.key(&hand, letter(','), start);
    assert!(keys.key(&hand, KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL), start));
    let mut done = Vec::new();
    // the codec's thread says what it found, whenever it comes to it
    while let Ok(input) = inputs.try_recv() {
        if let Input::Event { event, .. } = input {
            done.push(event);
        }
    }
    assert_eq!(done[0], Done::Switch(Part::Footswitch(1), SwitchEvent::Press));
    assert!(done.contains(&Done::Turn { encoder: 0, clicks: 1 }));
    assert!(
        done.iter().any(|event| matches!(event, Done::Analog { index: 0, value: 970..=974 })),
        "{done:?}"
    );
}

#[test]
fn shift_is_a_long_press_also_on_digits() {
    assert_eq!(part(letter('$')), Some((Part::Footswitch(3), true)));
    assert_eq!(part(letter('4')), Some((Part::Footswitch(3), false)));
    assert_eq!(part(KeyEvent::new(KeyCode::Char('E'), KeyModifiers::SHIFT)), Some((Part::Encoder(1), true)));
    assert_eq!(part(letter('k')), None);
}

#[tokio::test]
async fn the_picture_fills_what_there_is_and_words_stand_below() {
    let (_hardware, hand, _) = pedal();
    let mut panel = Panel { hardware: "pi-Stomp Tre (simulated)".into(), ..Panel::default() };
    panel.footswitches = vec![pedal_ui::model::Footswitch { label: "Echo".into(), ..Default::default() }; 4];
    for size in [(120, 40), (40, 12), (8, 3), (1, 1)] {
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal in memory");
        terminal.draw(|frame| draw(frame, &hand, &panel, &Keys::default())).expect("drawn");
        if size.0 == 120 {
            let text: String =
                terminal.backend().buffer().content().iter().map(|cell| cell.symbol()).collect();
            assert!(text.contains("pi-Stomp Tre") && text.contains("4: Echo"));
            let dots = text.matches('▀').count();
            assert!(dots > 80 * 30, "{dots}");
        }
    }
}
