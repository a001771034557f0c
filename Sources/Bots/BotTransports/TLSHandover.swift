import Synchronization
import TLS

/// A TLS session on its way from the connector's thread to a media thread.
///
/// The connector shakes hands with it; the link takes it out, once, and is its only owner from then on, so that no packet
/// waits for a lock.
final class TLSHandover: Sendable {
    private let engine: Mutex<TLSEngine?>

    init(_ engine: consuming sending TLSEngine) {
        self.engine = Mutex(engine)
    }

    /// Takes bytes of the peer; returns what they mean, what is to be sent, and whether the handshake is over.
    func receive(_ bytes: ArraySlice<UInt8>) throws(TLSError) -> (plaintext: [UInt8], outgoing: [UInt8]) {
        let bytes = Array(bytes)
        let result: Result<(plaintext: [UInt8], outgoing: [UInt8]), TLSError> = self.engine.withLock { engine in
            var plaintext: [UInt8] = []
            do throws(TLSError) {
                try engine?.receive(bytes.span, into: &plaintext)
            } catch {
                return .failure(error)
            }
            return .success((plaintext, engine?.takeOutgoing() ?? []))
        }
        return try result.get()
    }

    /// The bytes of `plaintext` on the wire.
    func seal(_ plaintext: [UInt8]) throws(TLSError) -> [UInt8] {
        let result: Result<[UInt8], TLSError> = self.engine.withLock { engine in
            do throws(TLSError) {
                try engine?.send(plaintext.span)
            } catch {
                return .failure(error)
            }
            return .success(engine?.takeOutgoing() ?? [])
        }
        return try result.get()
    }

    /// What waits for the wire, such as the first flight.
    func takeOutgoing() -> [UInt8] {
        self.engine.withLock { $0?.takeOutgoing() ?? [] }
    }

    var isEstablished: Bool {
        self.engine.withLock { $0?.state == .established }
    }

    /// The session itself, once; nil for every later caller.
    func take() -> sending TLSEngine? {
        self.engine.withLock { engine in
            var taken: TLSEngine?
            swap(&taken, &engine)
            return taken
        }
    }
}
