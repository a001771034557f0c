import Foundation

/// Whether the tests run under a sanitizer, as `make sanitize` says in `TRUNKLINE_SANITIZER`.
///
/// A test that measures memory or speed looks here: a sanitizer keeps freed memory, and takes several times the
/// processor's time.
enum Sanitizer {
    static let name = ProcessInfo.processInfo.environment["TRUNKLINE_SANITIZER"]

    static var leavesFiguresAlone: Bool { Self.name == nil }
}
