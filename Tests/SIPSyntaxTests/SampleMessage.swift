import Foundation
import SIPSyntax
import Testing

/// The messages in Resources, each written for this project.
enum SampleMessage: String, CaseIterable {
    case inviteToFlow = "invite-to-flow"
    case inviteFromExotel = "invite-from-exotel"
    case compactAndFolded = "compact-and-folded"
    case okThroughTCPProxy = "ok-through-tcp-proxy"
    case serviceUnavailable = "service-unavailable"
    case byeWithReason = "bye-with-reason"
    case oddButLegal = "odd-but-legal"

    var bytes: [UInt8] {
        get throws {
            let url = try #require(
                Bundle.module.url(forResource: self.rawValue, withExtension: "sip", subdirectory: "Resources"))
            return Array(try Data(contentsOf: url))
        }
    }

    func parsed() throws -> SIPMessage {
        try MessageParser.parse(self.bytes)
    }

    func request() throws -> Request {
        guard case .request(let request) = try self.parsed() else { throw Mismatch.notARequest }
        return request
    }

    func response() throws -> Response {
        guard case .response(let response) = try self.parsed() else { throw Mismatch.notAResponse }
        return response
    }

    enum Mismatch: Error {
        case notARequest
        case notAResponse
    }
}

/// A small request in which one line can be put in another's place.
enum Written {
    /// Lines are ended by CR LF, then comes the empty line and the body.
    static func message(_ lines: [String], body: String = "") -> [UInt8] {
        Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    static let startLine = "OPTIONS sip:b@example.com SIP/2.0"
    static let headers = [
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "From: <sip:a@example.com>;tag=1", "To: <sip:b@example.com>",
        "Call-ID: c1", "CSeq: 1 OPTIONS",
    ]

    static func options(startLine: String = Self.startLine, adding lines: [String] = [], body: String = "") -> [UInt8] {
        Self.message([startLine] + Self.headers + lines, body: body)
    }

    /// The request with the line of the same header replaced; nil in place of a line leaves it out.
    static func options(replacing name: String, with line: String?) -> [UInt8] {
        let lines = Self.headers.compactMap { $0.hasPrefix(name + ":") ? line : $0 }
        return Self.message([Self.startLine] + lines)
    }

    static func fault(_ bytes: [UInt8], limits: MessageLimits = .default) -> SIPSyntaxError? {
        do throws(MalformedMessage) {
            _ = try MessageParser.parse(bytes, limits: limits)
            return nil
        } catch {
            return error.fault
        }
    }
}
