# sh libraries.sh FOLDER
#
# Unpacks Debian 13's libc6, libstdc++6 and libgcc-s1 into FOLDER, without installing them: by the system's apt and from the
# mirror that it uses, with lists and a cache of their own.
set -eu
folder=$1
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/root"
folder=$(cd "$folder" && pwd)
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | head -n 1)
if [ -z "$mirror" ]; then
    echo "apt knows no mirror of Debian: the runner needs glibc 2.38 or newer" >&2
    exit 1
fi
cd "$folder/apt"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > sources.list
apt() {
    apt-get --quiet --quiet -o "Dir::Etc::sourcelist=$PWD/sources.list" -o Dir::Etc::sourceparts=- \
        -o "Dir::State::lists=$PWD/lists" -o "Dir::Cache=$PWD/cache" -o APT::Sandbox::User=root "$@"
}
apt update
apt download libc6 libstdc++6 libgcc-s1
for package in *.deb; do
    dpkg-deb --extract "$package" "$folder/root"
done
rm -rf "$folder/apt"
