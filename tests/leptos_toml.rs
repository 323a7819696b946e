//! Two files describe the same site: `[package.metadata.leptos]` in Cargo.toml, which the build reads, and
//! Leptos.toml, which a server reads that was started without cargo-leptos. Where they differ the server looks
//! for files that the build has named otherwise, and the page stays dead. So they may not drift apart.

use std::collections::BTreeMap;
use std::path::Path;

use leptos::config::{errors::LeptosConfigError, get_configuration};

/// Each setting of Leptos.toml, and what cargo-leptos calls it; `env` is none of the build's business.
const SETTINGS: [(&str, Option<&str>); 8] = [
    ("env", None),
    ("hash-file", Some("hash-file-name")),
    ("hash-files", Some("hash-files")),
    ("output-name", Some("output-name")),
    ("reload-port", Some("reload-port")),
    ("site-addr", Some("site-addr")),
    ("site-pkg-dir", Some("site-pkg-dir")),
    ("site-root", Some("site-root")),
];

/// What cargo-leptos takes for a setting that Cargo.toml leaves out.
const DEFAULTS: [(&str, &str); 1] = [("hash-file-name", "\"hash.txt\"")];

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
    let mut build: BTreeMap<_, _> = DEFAULTS
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    build.extend(leptos_table("Cargo.toml"));
    let server = leptos_table("Leptos.toml");
    assert_eq!(
        server.keys().collect::<Vec<_>>(),
        SETTINGS.map(|(key, _)| key),
        "Leptos.toml names each setting, and no other"
    );
    for (key, built) in SETTINGS {
        if let Some(built) = built {
            assert_eq!(
                server.get(key),
                build.get(built),
                "`{key}` in Leptos.toml against `{built}` in Cargo.toml"
            );
        }
    }
}

#[test]
fn a_deployed_server_opens_no_reload_socket() {
    assert_eq!(
        leptos_table("Leptos.toml").get("env"),
        Some(&"\"PROD\"".to_owned())
    );
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
