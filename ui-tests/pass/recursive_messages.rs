// Messages that hold themselves, and each other.

use std::collections::HashMap;

use traitwire::{Message, OneOf, Status, grpc_service};

#[derive(Message)]
struct Tree {
    #[proto(1)]
    left: Option<Box<Tree>>,
    #[proto(2)]
    right: Option<Box<Tree>>,
    #[proto(3)]
    children: Vec<Tree>,
    #[proto(4)]
    by_name: HashMap<String, Tree>,
    #[proto(5)]
    forest: Option<Box<Forest>>,
}

#[derive(Message)]
struct Forest {
    #[proto(1)]
    trees: Vec<Tree>,
    #[proto(oneof)]
    tallest: Option<Tallest>,
}

#[derive(OneOf)]
enum Tallest {
    #[proto(2)]
    Tree(Box<Tree>),
    #[proto(3)]
    Of(Box<Forest>),
}

#[grpc_service(package = "forestry")]
trait Forester {
    async fn plant(&self, tree: Tree) -> Result<Forest, Status>;
}

struct Ranger;

impl Forester for Ranger {
    async fn plant(&self, tree: Tree) -> Result<Forest, Status> {
        Ok(Forest {
            trees: vec![tree],
            tallest: None,
        })
    }
}

fn main() {
    let tree = || Tree {
        left: None,
        right: None,
        children: vec![],
        by_name: HashMap::new(),
        forest: None,
    };
    let client = ForesterClient::local(Ranger);
    assert_eq!(
        client
            .blocking()
            .plant(Tree {
                left: Some(Box::new(tree())),
                ..tree()
            })
            .expect("a forest")
            .trees
            .len(),
        1
    );
}
