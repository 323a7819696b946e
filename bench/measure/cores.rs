//! Who runs where: the server on one core, the generator on the others.

use std::{fs, path::Path, process::Command};

/// The cores that this program may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cores(Vec<u32>);

impl Cores {
    /// As the kernel says.
    pub fn allowed() -> Self {
        let told = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list = told
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        Self(list_of(list.unwrap_or_default()))
    }

    /// Whether the two can be kept apart.
    pub fn are_enough(&self) -> bool {
        self.0.len() > 1
    }

    /// A server's command, on the first core.
    pub fn server(&self, program: &Path) -> Command {
        self.on(self.0.get(..1), program)
    }

    /// The generator's command, on the others.
    pub fn generator(&self, program: &Path) -> Command {
        self.on(self.0.get(1..), program)
    }

    fn on(&self, cores: Option<&[u32]>, program: &Path) -> Command {
        match cores {
            Some(cores) if self.are_enough() => {
                let list: Vec<String> = cores.iter().map(u32::to_string).collect();
                let mut command = Command::new("taskset");
                command.arg("-c").arg(list.join(",")).arg(program);
                command
            }
            _ => Command::new(program),
        }
    }

    /// Who runs where, in words.
    pub fn told(&self) -> String {
        match self.0.len() {
            0 | 1 => "server and generator share a core: nothing of it can be trusted".to_owned(),
            2 => "the server on one core, the generator on the other".to_owned(),
            n => format!("the server on one core, the generator on {} others", n - 1),
        }
    }
}

/// Reads `0-2,5`.
fn list_of(text: &str) -> Vec<u32> {
    let mut cores = Vec::new();
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse()) {
            cores.extend(first..=last);
        }
    }
    cores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_and_generator_share_no_core() {
        let cores = Cores(list_of("\t0-2,5\n"));
        assert_eq!(cores.0, [0, 1, 2, 5]);
        let list = |command: Command| {
            let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
            arguments.get(1).cloned()
        };
        assert_eq!(list(cores.server(Path::new("x"))), Some("0".into()));
        assert_eq!(list(cores.generator(Path::new("x"))), Some("1,2,5".into()));
        let one = Cores(vec![3]);
        assert_eq!(one.server(Path::new("x")).get_program(), "x");
    }
}
