pub mod acme;
pub mod shop;

traitwire::protos! {
    dir = "protos",
    services = [shop::v1::Shop, shop::v1::ShopAdmin],
}
