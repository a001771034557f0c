/// The program's version, as `trunkline version`, `--version` and the User-Agent header say it.
enum Version {
    static let current = "0.1.0"
}
