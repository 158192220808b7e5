//! Linear equations with a symmetric positive matrix (Cholesky), for the tuner's fit: some thirty unknowns.

/// Solves `matrix · x = right`. Only the lower triangle (rows of `size`) is read; it is overwritten. `None` when the
/// matrix is not positive.
pub(super) fn solve(matrix: &mut [f64], right: &[f64], size: usize) -> Option<Vec<f64>> {
    let trace: f64 = (0..size).map(|at| matrix[at * size + at]).sum();
    // two partials of one frequency would make the matrix singular: then the smaller solution is as good as any
    let ridge = 1e-10 * trace / size as f64;
    for row in 0..size {
        for column in 0..=row {
            let (above, below) = matrix.split_at_mut(row * size);
            let done: f64 = if column == row {
                below[..column].iter().map(|value| value * value).sum()
            } else {
                below[..column].iter().zip(&above[column * size..]).map(|(a, b)| a * b).sum()
            };
            if column == row {
                let rest = below[row] + ridge - done;
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                below[row] = rest.sqrt();
            } else {
                below[column] = (below[column] - done) / above[column * size + column];
            }
        }
    }
    let mut found = right.to_vec();
    for row in 0..size {
        let done: f64 = (0..row).map(|column| matrix[row * size + column] * found[column]).sum();
        found[row] = (found[row] - done) / matrix[row * size + row];
    }
    for row in (0..size).rev() {
        let done: f64 = (row + 1..size).map(|below| matrix[below * size + row] * found[below]).sum();
        found[row] = (found[row] - done) / matrix[row * size + row];
    }
    found.iter().all(|value| value.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let mut matrix = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
        // x = 1, 2, 3
        let found =
            solve(&mut matrix, &[4.0 + 4.0 + 3.0, 2.0 + 10.0 + 9.0, 1.0 + 6.0 + 18.0], 3).expect("positive");
        for (value, expected) in found.iter().zip([1.0, 2.0, 3.0]) {
            assert!((value - expected).abs() < 1e-6, "{found:?}");
        }
        assert_eq!(solve(&mut [-1.0], &[1.0], 1), None);
        assert_eq!(solve(&mut [f64::NAN], &[1.0], 1), None);
    }
}
