//! Things that need others, in an order in which everything comes behind what it needs.

/// Names that a way has.
const NAMED: usize = 8;

/// What [`sorted`] finds. Everything is known by its number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sorted {
    /// Everything, behind what it needs; else as it came.
    pub order: Vec<usize>,
    /// What would close a circle, and is left out of account.
    pub circles: Vec<Circle>,
}

/// A need that closes a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// What has it.
    pub of: usize,
    /// What is needed.
    pub on: usize,
    /// The way from `on` through what each needs to `of`, and back to `on`; of a long one the beginning.
    pub way: Vec<usize>,
}

impl Circle {
    /// `a -> b -> a`.
    pub fn sentence(&self, name: impl Fn(usize) -> String) -> String {
        let mut names: Vec<String> = self.way.iter().map(|one| name(*one)).collect();
        if self.way.len() < 2 || self.way.last() != Some(&self.on) {
            names.extend(["...".to_owned(), name(self.of), name(self.on)]);
        }
        names.join(" -> ")
    }
}

/// Puts everything behind what it needs, in time that grows with the number of needs.
pub fn sorted(needs: &[Vec<usize>]) -> Sorted {
    const NEW: usize = usize::MAX;
    const DONE: usize = usize::MAX - 1;
    let mut found = Sorted { order: Vec::with_capacity(needs.len()), circles: Vec::new() };
    // Where it is on the way, while it is on it.
    let mut place = vec![NEW; needs.len()];
    let mut way: Vec<(usize, usize)> = Vec::new();
    for root in 0..needs.len() {
        if place[root] != NEW {
            continue;
        }
        place[root] = 0;
        way.push((root, 0));
        while let Some((of, next)) = way.last_mut() {
            let of = *of;
            let Some(on) = needs[of].get(*next).copied() else {
                place[of] = DONE;
                found.order.push(of);
                way.pop();
                continue;
            };
            *next += 1;
            match place[on] {
                NEW => {
                    place[on] = way.len();
                    way.push((on, 0));
                }
                DONE => {}
                from => {
                    let mut circle: Vec<usize> = way[from..].iter().take(NAMED).map(|(one, _)| *one).collect();
                    if way.len() - from <= NAMED {
                        circle.push(on);
                    }
                    found.circles.push(Circle { of, on, way: circle });
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_what_is_needed_comes_before_and_the_rest_stays_as_it_came() {
        assert_eq!(sorted(&[vec![], vec![3], vec![], vec![]]).order, [0, 3, 1, 2]);
        // Nothing of a chain is looked at twice, whichever end comes first.
        let last = 200_000;
        let forth: Vec<Vec<usize>> = (0..=last).map(|i| if i == 0 { vec![] } else { vec![i - 1] }).collect();
        let back: Vec<Vec<usize>> = (0..=last).map(|i| if i == last { vec![] } else { vec![i + 1] }).collect();
        assert!(sorted(&forth).order.into_iter().eq(0..=last));
        assert!(sorted(&back).order.into_iter().eq((0..=last).rev()));
    }

    #[test]
    fn a3_every_circle_is_named_with_its_way() {
        let name =
            |one: usize| ["a", "b", "c", "d"].get(one).map_or_else(|| one.to_string(), |name| (*name).to_owned());
        let found = sorted(&[vec![1], vec![2], vec![0], vec![3]]);
        assert_eq!(found.order.len(), 4);
        let said: Vec<String> = found.circles.iter().map(|circle| circle.sentence(name)).collect();
        assert_eq!(said, ["a -> b -> c -> a", "d -> d"]);
        let long: Vec<Vec<usize>> = (0..100).map(|i| vec![(i + 1) % 100]).collect();
        let said = sorted(&long).circles[0].sentence(|one| one.to_string());
        assert_eq!(said, "0 -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> ... -> 99 -> 0");
    }
}
