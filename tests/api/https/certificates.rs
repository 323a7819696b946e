//! Whose certificate it is: made on the spot, or given; and what is said when it cannot be used.

use std::path::Path;

use pushpull::server::tls::{Certificate, Source};
use rcgen::generate_simple_self_signed;

use crate::{
    app::{TestApp, soon},
    program::{Program, Site, pushpull, run},
};

/// A certificate and its key in a folder of their own.
fn files(folder: &Path, name: &str) -> [String; 2] {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = |kind: &str, text: String| {
        let path = folder.join(format!("{name}.{kind}"));
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    [
        file("crt", made.cert.pem()),
        file("key", made.signing_key.serialize_pem()),
    ]
}

#[tokio::test]
async fn one_that_was_given_is_the_one_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = files(folder.path(), "a");
    let app = TestApp::with(|options| {
        options.tls_cert = Some(certificate.into());
        options.tls_key = Some(key.into());
    })
    .await;
    // The client trusts no other than the one of these files.
    assert_eq!(app.ask("/healthz").await.status(), 200);
}

#[test]
fn one_made_on_the_spot_is_another_each_time() {
    let made = || {
        let names = vec!["lab.example.org".to_owned()];
        Certificate::from(&Source::SelfSigned { names }).unwrap()
    };
    let (one, other) = (made(), made());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.public_key_fingerprint(), other.public_key_fingerprint());
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = files(folder.path(), "a");
    let [_, other_key] = files(folder.path(), "b");
    let missing = folder.path().join("missing").to_str().unwrap().to_owned();
    for (certificate, key, words) in [
        (&missing, &key, ["cannot read", "missing", "--tls-cert"]),
        (
            &certificate,
            &missing,
            ["cannot read", "missing", "--tls-key"],
        ),
        (
            &key,
            &key,
            ["a.key holds no certificate", "PEM", "BEGIN CERTIFICATE"],
        ),
        (
            &certificate,
            &certificate,
            ["a.crt holds no private key", "PEM", "PRIVATE KEY"],
        ),
        (
            &certificate,
            &other_key,
            ["b.key", "does not belong", "a.crt"],
        ),
    ] {
        let site = Site::empty();
        let arguments = [
            "serve",
            "--addr",
            "127.0.0.1:0",
            "--site",
            site.path(),
            "--tls-cert",
            certificate,
            "--tls-key",
            key,
        ];
        let output = run(&mut pushpull(&arguments), "").await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} in {said}");
        }
    }
}

#[tokio::test]
async fn publish_trusts_the_fingerprint_that_the_server_prints_and_no_other() {
    let program = Program::serve(&["--tls"]).await;
    let known = program.told("certificate SHA-256 ").unwrap();
    let url = format!("https://{}", program.addr);
    let publish = async |fingerprint: &str| {
        let arguments = [
            "publish",
            "--url",
            &url,
            "--topic",
            "t",
            "--retries",
            "0",
            "--fingerprint",
            fingerprint,
        ];
        soon("publish", run(&mut pushpull(&arguments), "one\n"))
            .await
            .status
            .code()
    };
    assert_eq!(publish(known).await, Some(0));
    assert_eq!(
        publish(&known.replace(|c: char| c.is_ascii_digit(), "0")).await,
        Some(1)
    );
    // However often it may try again: that would not help.
    let unknown = ["publish", "--url", &url, "--topic", "t"];
    let output = soon("publish", run(&mut pushpull(&unknown), "one\ntwo\n")).await;
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("not trusted") && told.contains("--fingerprint"),
        "{told}"
    );
    assert!(!told.contains("try"), "{told}");
}
