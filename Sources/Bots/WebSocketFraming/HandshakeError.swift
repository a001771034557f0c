/// Why an opening handshake failed (RFC 6455 section 4).
package enum HandshakeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not HTTP/1.1 as RFC 9112 writes it.
    case malformedHead
    case headTooLong(limit: Int)
    /// The server answered something else than 101.
    case refused(status: Int)
    /// The 101 lacks this field, or has another value than it must.
    case wrongField(String)
    /// The server chose an extension or subprotocol that was not offered; compression is never offered.
    case notOffered(String)
    /// A request that is no WebSocket opening; the answer is 400.
    case notAnUpgrade(missing: String)
    /// Another version than 13; the answer is 426.
    case unsupportedVersion
    /// A header, target or host of ours that cannot be sent.
    case invalidHeader(String)

    package var description: String {
        switch self {
        case .malformedHead: "the answer is not HTTP/1.1"
        case .headTooLong(let limit): "a head of more than \(limit) bytes"
        case .refused(let status): "the server answered \(status)"
        case .wrongField(let name): "\(name) is missing or wrong in the server's answer"
        case .notOffered(let name): "the server chose \(name), which was not offered"
        case .notAnUpgrade(let missing): "not a WebSocket opening: \(missing)"
        case .unsupportedVersion: "the client asks for another WebSocket version than 13"
        case .invalidHeader(let name): "\(name) cannot be sent as a header"
        }
    }
}
