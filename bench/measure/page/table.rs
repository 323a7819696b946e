//! Tables in Markdown.

/// A table: its head, and rows of as many cells.
#[derive(Debug)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            head: head.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The first column is text, the others are figures.
    pub fn told(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let ruler = "|---|".to_owned() + &"--:|".repeat(self.head.len().saturating_sub(1)) + "\n";
        let rows: String = self.rows.iter().map(|it| line(it)).collect();
        format!("\n{}{ruler}{rows}", line(&self.head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_on_the_right() {
        let mut table = Table::new(["who", "µs"]);
        table.row(["a".to_owned(), "1.0".to_owned()]);
        assert_eq!(table.told(), "\n| who | µs |\n|---|--:|\n| a | 1.0 |\n");
    }
}
