//! Tables in Markdown.

/// A row per case, a column per contender, nanoseconds in the cells.
#[derive(Debug)]
pub struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<Option<f64>>)>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(title: &str, columns: &[&'static str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds the figures of one case, `None` for who does not take part.
    pub fn push(&mut self, case: &str, figures: Vec<Option<f64>>) {
        self.rows.push((case.into(), figures));
    }

    /// Prints it, unless nothing was measured.
    pub fn print(&self) {
        if self.rows.is_empty() {
            return;
        }
        println!("\n| {} | {} |", self.title, self.columns.join(" | "));
        println!("|---|{}", "--:|".repeat(self.columns.len()));
        for (case, figures) in &self.rows {
            let cells: Vec<String> = figures
                .iter()
                .map(|figure| figure.map_or("".into(), nanoseconds))
                .collect();
            println!("| {case} | {} |", cells.join(" | "));
        }
    }
}

/// Three digits are as many as a measurement of this kind has.
fn nanoseconds(figure: f64) -> String {
    match figure {
        0.0..10.0 => format!("{figure:.2}"),
        10.0..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}
