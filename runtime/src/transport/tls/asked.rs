//! Whether a server has asked who we are. Some end the connection without a word when they don't like the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::sign::CertifiedKey;

/// Gives the answers of another one, and remembers that it was asked.
#[derive(Debug)]
pub(super) struct Asked {
    answers: Arc<dyn ResolvesClientCert>,
    asked: AtomicBool,
}

impl Asked {
    pub(super) fn new(answers: Arc<dyn ResolvesClientCert>) -> Self {
        Self {
            answers,
            asked: AtomicBool::new(false),
        }
    }

    /// Before a handshake, of which a channel makes one at a time.
    pub(super) fn forget(&self) {
        self.asked.store(false, Ordering::Relaxed);
    }

    /// What it may mean that the server ends the connection, if it has asked.
    pub(super) fn suspicion(&self) -> Option<&'static str> {
        let asked = self.asked.load(Ordering::Relaxed);
        asked.then_some(match self.answers.has_certs() {
            false => {
                "the server closed the connection after it had asked for a client certificate; \
                 `ClientTls::certificate_files` shows one"
            }
            true => {
                "the server closed the connection after it had asked for a client certificate, and may not take ours"
            }
        })
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.answers.resolve(root_hint_subjects, sigschemes)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.answers.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.answers.has_certs()
    }
}
