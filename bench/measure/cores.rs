//! Who runs where: the server on one core, the generator on the others.

use std::{fs, path::Path, process::Command};

/// The cores that this program may use: the server's first, then the generator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cores {
    list: Vec<u32>,
    /// Both run on threads of one core, since there is no other.
    are_threads: bool,
}

impl Cores {
    /// As the kernel says.
    pub fn allowed() -> Self {
        let told = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list = told
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        Self::of(list_of(list.unwrap_or_default()), |cpu| {
            let file = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
            list_of(&fs::read_to_string(file).unwrap_or_default())
        })
    }

    /// The generator keeps off the other threads of the server's core, if it has somewhere to go.
    fn of(list: Vec<u32>, siblings: impl Fn(u32) -> Vec<u32>) -> Self {
        let beside = list.first().map(|cpu| siblings(*cpu)).unwrap_or_default();
        let places = list.iter().enumerate();
        let apart = places.filter(|(place, cpu)| *place == 0 || !beside.contains(cpu));
        let apart: Vec<u32> = apart.map(|(_, cpu)| *cpu).collect();
        let are_threads = apart.len() < 2 && list.len() > 1;
        let list = if are_threads { list } else { apart };
        Self { list, are_threads }
    }

    /// Whether the two can be kept apart.
    pub fn are_enough(&self) -> bool {
        self.list.len() > 1
    }

    /// A server's command, on the first core.
    pub fn server(&self, program: &Path) -> Command {
        self.on(self.list.get(..1), program)
    }

    /// The generator's command, on the others.
    pub fn generator(&self, program: &Path) -> Command {
        self.on(self.list.get(1..), program)
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
        match self.list.len() {
            0 | 1 => "server and generator share a core: nothing of it can be trusted".to_owned(),
            _ if self.are_threads => {
                "server and generator on two threads of one core, which slow each other down"
                    .to_owned()
            }
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
        let cores = Cores::of(list_of("\t0-2,5\n"), |_| vec![0]);
        let list = |command: Command| {
            let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
            arguments.get(1).cloned()
        };
        assert_eq!(list(cores.server(Path::new("x"))), Some("0".into()));
        assert_eq!(list(cores.generator(Path::new("x"))), Some("1,2,5".into()));
        let one = Cores::of(vec![3], |_| vec![3]);
        assert_eq!(one.server(Path::new("x")).get_program(), "x");
    }

    #[test]
    fn threads_of_the_servers_core_are_left_alone_where_there_are_others() {
        let cores = Cores::of(vec![0, 1, 2, 3], |_| vec![0, 1]);
        assert_eq!((&*cores.list, cores.are_threads), (&[0, 2, 3][..], false));
        let cores = Cores::of(vec![0, 1], |_| vec![0, 1]);
        assert_eq!((&*cores.list, cores.are_threads), (&[0, 1][..], true));
        assert!(cores.told().contains("two threads of one core"));
    }
}
