use super::*;

fn cells(values: &[f32]) -> Vec<Cell<f32>> {
    values.iter().copied().map(Cell::new).collect()
}

#[test]
fn a_tail_is_heard_to_its_end_and_then_faded() {
    let edge = EdgeCell::new(EdgeShape { max_frames: 10, ..EdgeShape::default() }, true);
    edge.aim(Aim::Ring(TailRule { threshold: 0.1, quiet: 20, limit: 1000, fade: 10 }));
    let out = cells(&[0.0; 10]);
    let mut heard = Vec::new();
    for block in 0..8 {
        let level = if block < 3 { 1.0 } else { 0.05 };
        edge.mix(Some(&cells(&[level; 10])), &out, true, 1);
        heard.push(out[9].get());
    }
    assert_eq!(heard, [1.0, 1.0, 1.0, 0.05, 0.05, 0.0, 0.0, 0.0]);
    assert_eq!(edge.state(), EdgeState::Closed);
}

#[test]
fn a_delay_is_exact_across_blocks_of_any_length() {
    let edge = EdgeCell::new(EdgeShape { delay: 5, max_frames: 8, ..EdgeShape::default() }, true);
    let mut heard = Vec::new();
    let mut next = 1.0;
    for frames in [3, 8, 1, 4, 8] {
        let src: Vec<f32> = (0..frames).map(|i| next + i as f32).collect();
        next += frames as f32;
        let out = cells(&vec![0.0; frames]);
        edge.mix(Some(&cells(&src)), &out, true, 1);
        heard.extend(out.iter().map(Cell::get));
    }
    let expected: Vec<f32> = (0..24).map(|i| (i as f32 - 4.0).max(0.0)).collect();
    assert_eq!(heard, expected);
}

#[test]
fn a_loop_is_one_period_late() {
    let edge = EdgeCell::new(EdgeShape { late: 4, max_frames: 4, ..EdgeShape::default() }, true);
    let out = cells(&[9.0; 4]);
    let mut heard = Vec::new();
    for block in 0..3 {
        edge.mix(None, &out, true, block + 1);
        heard.push(out[0].get());
        edge.keep(&cells(&[block as f32 + 1.0; 4]), block + 1);
    }
    assert_eq!(heard, [0.0, 1.0, 2.0]);
}
