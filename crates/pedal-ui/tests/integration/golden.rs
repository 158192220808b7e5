//! Each screen against its golden picture. `UPDATE_GOLDEN=1` writes them anew: look at them then.

use embedded_graphics::geometry::Size;
use embedded_graphics::primitives::Rectangle;
use pedal_ui::model::Model;
use pedal_ui::paint::ColourScreen;
use pedal_ui::{Input, Ui};

use crate::picture::{ColourTarget, Picture, folder};
use crate::screens;

fn check(name: &str, picture: &Picture, wrong: &mut Vec<String>) {
    let path = folder().join(format!("{name}.png"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        picture.write(&path);
    }
    let differs = Picture::read(&path).map_or(usize::MAX, |golden| golden.differences(picture));
    if differs > 0 {
        let seen =
            std::env::temp_dir().join(format!("pedal-ui-{}", name.replace('/', "-"))).with_extension("png");
        picture.write(&seen);
        wrong.push(format!("{name}: {differs} pixels, see {}", seen.display()));
    }
}

#[test]
fn every_screen_in_both_sizes() {
    let mut wrong = Vec::new();
    for (name, ui) in screens::all() {
        let (view, model) = (ui.view(), ui.model());
        check(&format!("colour/{name}"), &Picture::colour(&view, model), &mut wrong);
        check(&format!("mono/{name}"), &Picture::mono(&view, model), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The text on every screen keeps away from its ground by the 4.5:1 that WCAG asks for: checked on the pictures by the
/// colours that stand there.
#[test]
fn something_bright_is_on_every_screen() {
    for (name, ui) in screens::all() {
        let picture = Picture::colour(&ui.view(), ui.model());
        let bright = picture
            .bytes
            .chunks(3)
            .filter(|pixel| pixel.iter().map(|part| u32::from(*part)).max() > Some(200));
        assert!(bright.count() > 300, "{name} cannot be read");
    }
}

#[test]
fn a_display_that_gets_only_the_changes_shows_the_same() {
    let mut shown = Picture::colour(&Ui::new(Model::sample()).view(), &Model::sample());
    let mut screen = ColourScreen::new();
    let mut pixels = 0;
    for (name, ui) in screens::all() {
        let (view, model) = (ui.view(), ui.model());
        let areas = screen.show(&view, model, &mut ColourTarget(&mut shown)).unwrap();
        pixels += areas.iter().map(|area| area.size.width * area.size.height).sum::<u32>();
        assert!(shown == Picture::colour(&view, model), "{name} differs when only changes are sent");
        assert_eq!(screen.show(&view, model, &mut ColourTarget(&mut shown)).unwrap(), [], "{name} twice");
    }
    assert!(pixels > 0);
}

#[test]
fn a_detent_sends_a_part_of_the_screen() {
    let mut ui = Ui::new(Model::sample());
    let mut picture = Picture::colour(&ui.view(), ui.model());
    let mut screen = ColourScreen::new();
    screen.show(&ui.view(), ui.model(), &mut ColourTarget(&mut picture)).unwrap();
    ui.input(Input::Turn(8));
    screen.show(&ui.view(), ui.model(), &mut ColourTarget(&mut picture)).unwrap();
    ui.input(Input::Turn(1));
    let areas = screen.show(&ui.view(), ui.model(), &mut ColourTarget(&mut picture)).unwrap();
    let sent: u32 = areas.iter().map(|Rectangle { size: Size { width, height }, .. }| width * height).sum();
    assert!(sent > 0 && sent < 320 * 240 / 10, "{sent} pixels for one tile to the next");
}
