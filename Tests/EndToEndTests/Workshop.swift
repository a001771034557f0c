import Foundation

/// A folder of one test, and where the project and its program are.
struct Workshop {
    let folder: URL

    init(_ name: String = #function) throws {
        let plain = name.filter { $0.isLetter || $0.isNumber }
        self.folder = FileManager.default.temporaryDirectory
            .appending(path: "trunkline-\(plain)-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    }

    /// The root of the project, where plugins, prompts and flows lie.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The program under test: `TRUNKLINE_BINARY`, or the one that was built beside the tests.
    static var program: String {
        if let named = ProcessInfo.processInfo.environment["TRUNKLINE_BINARY"] { return named }
        return URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "trunkline").path()
    }

    /// The load tests' bot, built beside the program.
    static var echoBot: String {
        URL(filePath: Self.program).deletingLastPathComponent().appending(path: "EchoBot").path()
    }

    /// The Python of `.venv`, in which pipecat is; nil where nobody has made it.
    static var python: String? {
        let path = Self.project.appending(path: ".venv/bin/python").path()
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    func path(_ name: String) -> String {
        self.folder.appending(path: name).path()
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = self.folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path()
    }

    func makeFolder(_ name: String) throws -> String {
        let folder = self.folder.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path()
    }

    func remove() {
        try? FileManager.default.removeItem(at: self.folder)
    }
}
