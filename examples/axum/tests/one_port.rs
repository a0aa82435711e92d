//! A gRPC client and a browser at the same port.

use std::net::SocketAddr;

use example_axum::{CreateLinkRequest, GetLinkRequest, Link, LinkError, LinkServiceClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use traitwire::Status;

#[tokio::test]
async fn grpc_rest_and_pages_share_a_port() -> traitwire::Result<()> {
    let address = start().await?;
    let links = LinkServiceClient::connect(address).await?;

    let url = "https://www.rust-lang.org/".to_owned();
    let link = links
        .create_link(CreateLinkRequest { url: url.clone() })
        .await?
        .link;
    assert_eq!(
        link,
        Link {
            slug: "a1".to_owned(),
            url
        }
    );
    assert_eq!(
        links
            .get_link(GetLinkRequest {
                slug: "a1".to_owned()
            })
            .await?
            .link,
        link
    );

    let health = http_get(address, "/health").await?;
    assert!(health.starts_with("HTTP/1.1 200 OK"), "{health}");
    assert!(health.contains("All is well with 1 links."), "{health}");

    let json = http_get(address, "/links").await?;
    assert!(
        json.ends_with(r#"[{"slug":"a1","url":"https://www.rust-lang.org/"}]"#),
        "{json}"
    );

    let redirect = http_get(address, "/a1").await?;
    assert!(
        redirect.starts_with("HTTP/1.1 307 Temporary Redirect"),
        "{redirect}"
    );
    assert!(
        redirect.contains("location: https://www.rust-lang.org/"),
        "{redirect}"
    );
    Ok(())
}

#[tokio::test]
async fn both_say_what_is_wrong_in_their_own_way() -> traitwire::Result<()> {
    let address = start().await?;
    let links = LinkServiceClient::connect(address).await?;

    let error = links
        .get_link(GetLinkRequest {
            slug: "nope".to_owned(),
        })
        .await
        .unwrap_err();
    assert!(
        matches!(&error, LinkError::NoLink { slug } if slug == "nope"),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "there is no link `nope`");
    let error = links
        .create_link(CreateLinkRequest {
            url: "rust-lang.org".to_owned(),
        })
        .await
        .unwrap_err();
    assert!(
        matches!(&error, LinkError::NotOfTheWeb { url } if url == "rust-lang.org"),
        "{error:?}"
    );
    // Whoever doesn't know the error sees a status.
    assert_eq!(
        Status::from(error).to_string(),
        "INVALID_ARGUMENT: `rust-lang.org` is no URL of the web"
    );

    let page = http_get(address, "/nope").await?;
    assert!(page.starts_with("HTTP/1.1 404 Not Found"), "{page}");
    Ok(())
}

async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, example_axum::app()).await });
    Ok(address)
}

/// What a browser gets, head and body.
async fn http_get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response)
}
