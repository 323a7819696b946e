//! Where the built site lies: from cargo-leptos's environment in development, from Leptos.toml
//! where the server is deployed.

use std::path::{Path, PathBuf};

use leptos::config::{LeptosOptions, errors::LeptosConfigError, get_configuration};

/// The file that a deployed server reads.
const FILE: &str = "Leptos.toml";

/// Why the built site cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// There is no configuration.
    #[error(
        "no Leptos.toml in this folder nor beside the executable: start the server where the bundle lies, or with `make run`"
    )]
    NoFile,
    /// The configuration makes no sense.
    #[error("Leptos.toml cannot be read: {0}")]
    Config(#[from] LeptosConfigError),
    /// There is no site.
    #[error(
        "there is no built site in {0}: build it with `make run`, or name its folder with --site"
    )]
    NoSite(PathBuf),
    /// The site's files are named by their hashes, and nothing says which.
    #[error(
        "there is no {0}, which names the site's files: it belongs beside the executable, and `make run` makes both"
    )]
    NoHashes(PathBuf),
}

/// Reads the configuration; `site` overrides its folder.
pub fn options(site: Option<&Path>) -> Result<LeptosOptions, SiteError> {
    // cargo-leptos tells everything by the environment; its absence means that nobody did.
    let configuration = if std::env::var_os("LEPTOS_OUTPUT_NAME").is_some() {
        get_configuration(None)?
    } else {
        let file = find().ok_or(SiteError::NoFile)?;
        get_configuration(Some(&file.to_string_lossy()))?
    };
    let mut options = configuration.leptos_options;
    if let Some(site) = site {
        options.site_root = site.to_string_lossy().into();
    }
    let package = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    if !package.is_dir() {
        return Err(SiteError::NoSite(package));
    }
    // Leptos reads it at the first page, and panics without it.
    if options.hash_files
        && let Some(hashes) = beside_the_executable(&options.hash_file)
        && !hashes.is_file()
    {
        return Err(SiteError::NoHashes(hashes));
    }
    Ok(options)
}

fn find() -> Option<PathBuf> {
    [Some(PathBuf::from(FILE)), beside_the_executable(FILE)]
        .into_iter()
        .flatten()
        .find(|file| file.is_file())
}

fn beside_the_executable(file: &str) -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    Some(executable.parent()?.join(file))
}
