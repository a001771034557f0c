import Foundation
import JSON
import Logging

/// Makes the handler that writes log lines.
package enum GatewayLog {
    package static func handler(_ format: GatewayConfiguration.LogFormat) -> any LogHandler {
        LineLogHandler(format: format)
    }
}

extension GatewayConfiguration.LogLevel {
    package var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Writes each entry as one line on standard error, with one system call, so that lines of threads never mix.
///
/// Control characters in messages and metadata are escaped: a peer cannot forge a line.
private struct LineLogHandler: LogHandler {
    let format: GatewayConfiguration.LogFormat
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let line =
            switch self.format {
            case .text: Self.text(time, event, merged)
            case .json: Self.json(time, event, merged)
            }
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }

    private static func text(_ time: String, _ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        let fields = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\(PlainLine.escaped("\($0.value)"))" }
            .joined()
        let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        return "\(time) \(level)\(PlainLine.escaped("\(event.message)"))\(fields)"
    }

    private static func json(_ time: String, _ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var members: [JSONMember] = [
            JSONMember(key: "time", value: .string(time)),
            JSONMember(key: "level", value: .string(event.level.rawValue)),
            JSONMember(key: "message", value: .string("\(event.message)")),
        ]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            members.append(JSONMember(key: key, value: .string("\(value)")))
        }
        return String(decoding: JSONValue.object(members).encoded(), as: UTF8.self)
    }
}
