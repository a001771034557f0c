import BotProtocol
import TLS
import WebSocketFraming

/// Where a socket is to be opened and what is spoken on it.
struct DialPlan: Sendable {
    enum Speech: Sendable {
        case webSocket(WebSocketEndpoint)
        /// Bytes at once.
        case stream
    }

    /// A name or a numeric address; of a Unix socket only what the handshake calls the host.
    let host: String
    let port: UInt16
    /// A Unix socket in the place of an address.
    let socketPath: String?
    let tls: TLSConfiguration?
    let speech: Speech

    init(_ endpoint: WebSocketEndpoint) {
        self.host = endpoint.host
        self.port = endpoint.port
        self.socketPath = endpoint.socketPath
        self.tls = endpoint.tls
        self.speech = .webSocket(endpoint)
    }

    init(_ endpoint: StreamEndpoint) {
        self.host = endpoint.host
        self.port = endpoint.port
        self.socketPath = nil
        self.tls = endpoint.tls
        self.speech = .stream
    }

    /// For a sentence.
    var place: String {
        if let socketPath = self.socketPath { return socketPath }
        return self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}

/// What is said on a connected socket before a bot talks: TLS, then the WebSocket's handshake, each where it is wanted.
///
///     securing ─▶ handshaking ─▶ open
struct Opening {
    private enum State {
        case securing
        case handshaking(ClientHandshake)
        case open
    }

    let tls: TLSHandover?
    private let speech: DialPlan.Speech
    private let nonce: [UInt8]
    private var state = State.securing
    /// Bytes for the wire.
    var outgoing: ArraySlice<UInt8>

    /// - Parameter tls: a session that has just begun; nil in clear.
    init(_ speech: DialPlan.Speech, tls: TLSHandover?, nonce: [UInt8]) throws(BotConnectionError) {
        self.speech = speech
        self.tls = tls
        self.nonce = nonce
        self.outgoing = tls?.takeOutgoing()[...] ?? []
        if tls == nil { try self.beginSpeech() }
    }

    var isOpen: Bool {
        if case .open = self.state { true } else { false }
    }

    var phase: BotConnectionError.Phase {
        if case .securing = self.state { .security } else { .handshake }
    }

    /// Takes bytes of the peer; what follows the handshake is returned once it is over.
    mutating func receive(_ bytes: ArraySlice<UInt8>) throws(BotConnectionError) -> [UInt8]? {
        var plaintext = Array(bytes)
        if let tls = self.tls {
            do throws(TLSError) {
                let result = try tls.receive(bytes)
                plaintext = result.plaintext
                self.outgoing += result.outgoing
            } catch {
                // An alert may wait; it says to the peer what was wrong with it.
                self.outgoing += tls.takeOutgoing()
                throw .tlsFailed(error)
            }
            if case .securing = self.state, tls.isEstablished { try self.beginSpeech() }
        }
        switch self.state {
        case .securing: return nil
        case .open: return plaintext
        case .handshaking(var handshake):
            do throws(HandshakeError) {
                let rest = try handshake.receive(plaintext)
                self.state = rest == nil ? .handshaking(handshake) : .open
                return rest
            } catch {
                throw .handshakeFailed(error)
            }
        }
    }

    private mutating func beginSpeech() throws(BotConnectionError) {
        guard case .webSocket(let endpoint) = self.speech else {
            self.state = .open
            return
        }
        let handshake: ClientHandshake
        do throws(HandshakeError) {
            handshake = try ClientHandshake(
                authority: endpoint.authority, target: endpoint.target,
                headers: endpoint.headers.map { ($0.name, $0.value) }, subprotocols: endpoint.subprotocols,
                nonce: self.nonce)
        } catch {
            throw .handshakeFailed(error)
        }
        self.state = .handshaking(handshake)
        guard let tls = self.tls else {
            self.outgoing += handshake.request
            return
        }
        do throws(TLSError) {
            self.outgoing += try tls.seal(handshake.request)
        } catch {
            throw .tlsFailed(error)
        }
    }
}
