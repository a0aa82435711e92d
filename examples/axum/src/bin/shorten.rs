//! `cargo run -p example-axum --bin shorten [-- URL]`

use example_axum::{CreateLinkRequest, GetLinkRequest, LinkServiceClient};

#[tokio::main]
async fn main() -> traitwire::Result<()> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "https://www.rust-lang.org/".to_owned());
    let links = LinkServiceClient::connect("http://127.0.0.1:3000").await?;
    let link = links.create_link(CreateLinkRequest { url }).await?.link;
    println!("http://127.0.0.1:3000/{} leads to {}", link.slug, link.url);
    let found = links
        .get_link(GetLinkRequest { slug: link.slug })
        .await?
        .link;
    println!("and the server agrees: {}", found.url);
    Ok(())
}
