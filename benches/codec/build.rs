//! Generates the messages as the users of each peer do.

use std::path::PathBuf;
use std::{env, error::Error, fs};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}/{FILE}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo says where to write")?);
    let files = protox::compile([FILE], [FOLDER])?;
    let descriptors = out.join("codec.binpb");
    fs::write(&descriptors, files.encode_to_vec())?;
    prost_build::compile_fds(files)?;

    let buffa = out.join("buffa");
    fs::create_dir_all(&buffa)?;
    buffa_build::Config::new()
        .files(&[FILE])
        .descriptor_set(descriptors)
        .out_dir(buffa)
        .include_file("mod.rs")
        .compile()?;

    let quick = out.join("quick");
    fs::create_dir_all(&quick)?;
    let config = pb_rs::ConfigBuilder::new(
        &[PathBuf::from(FOLDER).join(FILE)],
        None,
        Some(&quick),
        &[PathBuf::from(FOLDER)],
    )?;
    pb_rs::types::FileDescriptor::run(&config.headers(false).build())?;
    Ok(())
}

const FOLDER: &str = "../proto";
const FILE: &str = "codec.proto";
