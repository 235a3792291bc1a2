//! Compiles proto/ without protoc.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../../proto");
    let files = protox::compile(
        ["wire.proto", "directory.proto", "transparency.proto", "relay.proto"],
        ["../../proto"],
    )?;
    prost_build::Config::new().bytes(["."]).compile_fds(files)?;
    Ok(())
}
