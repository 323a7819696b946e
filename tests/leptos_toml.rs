//! Two files describe the same site: `[package.metadata.leptos]` in Cargo.toml, which the build reads, and
//! Leptos.toml, which a server reads that was started without cargo-leptos. Where they differ the server looks
//! for files that the build has named otherwise, and the page stays dead. So they may not drift apart.

use std::collections::BTreeMap;
use std::path::Path;

use leptos::config::{errors::LeptosConfigError, get_configuration};

/// What Leptos reads from its table; every other key of Cargo.toml is for the build alone.
const READ_BY_THE_SERVER: [&str; 8] = [
    "env",
    "hash-file",
    "hash-files",
    "output-name",
    "reload-port",
    "site-addr",
    "site-pkg-dir",
    "site-root",
];

/// The keys of `[package.metadata.leptos]` with their values as written. Both files keep one key a line, which is
/// all of TOML that this has to know.
fn leptos_table(file: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .map(str::trim)
        .skip_while(|line| *line != "[package.metadata.leptos]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[test]
fn the_deployed_server_reads_what_the_build_wrote() {
    let build = leptos_table("Cargo.toml");
    let server = leptos_table("Leptos.toml");
    assert_eq!(
        server.keys().collect::<Vec<_>>(),
        READ_BY_THE_SERVER,
        "Leptos.toml names each setting once, and no other"
    );
    for (key, value) in server.iter().filter(|(key, _)| *key != "env") {
        assert_eq!(
            build.get(key),
            Some(value),
            "`{key}` in Leptos.toml against Cargo.toml"
        );
    }
}

#[test]
fn only_a_development_build_opens_the_reload_socket() {
    for (file, env) in [("Cargo.toml", "DEV"), ("Leptos.toml", "PROD")] {
        assert_eq!(
            leptos_table(file).get("env"),
            Some(&format!("\"{env}\"")),
            "{file}"
        );
    }
}

/// The comparison above reads text; this asks Leptos itself, which ignores a table under another name.
#[test]
fn leptos_reads_the_file() -> Result<(), LeptosConfigError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Leptos.toml");
    let options = get_configuration(path.to_str())?.leptos_options;
    assert_eq!(&*options.output_name, "pushpull");
    assert_eq!(&*options.site_root, "target/site");
    assert_eq!(&*options.hash_file, "hash.txt");
    assert!(options.hash_files, "the files' names carry hashes");
    Ok(())
}
