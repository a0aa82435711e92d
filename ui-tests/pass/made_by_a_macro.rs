// A `macro_rules!` may declare messages and services, and fill in whatever stands in their options.

macro_rules! api {
    ($package:literal, $file:expr, $krate:path, $message:ident as $wire:literal, $number:expr, $ty:ty) => {
        #[doc = concat!("A ", $wire, ".")]
        #[derive(Clone, traitwire::Message)]
        #[proto(package = $package, name = $wire, reserved($number, "old"), crate = $krate)]
        struct $message {
            #[proto(1)]
            first: $ty,
            #[proto(2)]
            second: Option<$ty>,
        }

        #[traitwire::grpc_service(package = $package, file = $file, crate = $krate, dyn)]
        trait Echo {
            #[doc = $wire]
            async fn echo(&self, request: $message) -> Result<$message, traitwire::Status>;
        }
    };
}

api!("echo.v1", "echo.proto", ::traitwire, Shout as "Word", 7, Vec<u8>);

struct Wall;

impl Echo for Wall {
    async fn echo(&self, request: Shout) -> Result<Shout, traitwire::Status> {
        Ok(request)
    }
}

fn main() {
    let shout = Shout { first: vec![1], second: None };
    let echo = EchoClient::local(Wall).blocking().echo(shout).expect("an echo");
    assert_eq!(echo.first, [1]);
    assert_eq!(Echo.methods[0].doc, "Word");
    assert_eq!(<Shout as traitwire::Message>::DESCRIPTOR.name, "Word");
}
