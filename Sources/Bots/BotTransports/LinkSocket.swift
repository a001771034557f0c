import CLinux
import TLS

/// A link's end of a connected socket, in clear or under TLS: bytes in, a bounded queue of bytes out.
///
/// Confined to the media thread of its link. Under TLS what waits is sealed a batch at a time, when the batch before has
/// left, so that at most one batch more waits than the queue's bounds say.
struct LinkSocket: ~Copyable {
    enum ReadOutcome: Hashable, Sendable {
        case nothing
        /// So many bytes came from the kernel.
        case bytes(Int)
        case ended(BotLinkFailure)
    }

    let descriptor: Int32
    var outbound: OutboundQueue
    private var engine: TLSEngine?
    private var scratch = ReadScratch()
    private var plaintext: [UInt8] = []
    /// Sealed bytes that the kernel has not taken yet.
    private var sealed: [UInt8] = []
    private var sealedWritten = 0
    /// The peer has said under TLS that nothing more comes.
    private var isClosedByPeer = false

    /// Takes the session of `socket`; its plaintext so far is the link's to read.
    init(_ socket: ConnectedSocket, limits: BotLinkLimits) {
        self.descriptor = socket.descriptor
        self.engine = socket.tls?.take()
        self.sealed = socket.unsent
        self.outbound = OutboundQueue(audioMax: limits.outboundAudio, controlReserve: limits.controlReserve)
        if self.engine == nil { self.outbound.append { $0.append(contentsOf: socket.unsent) } }
    }

    var wantsWrite: Bool { !self.outbound.isEmpty || self.sealedWritten < self.sealed.count }

    /// A read that came back shorter has emptied the kernel's buffer.
    var readLengthMax: Int { self.scratch.bytes.count }

    /// One read; what it brought, decrypted, is handed to `body`.
    mutating func read(atMost limit: Int, _ body: (ArraySlice<UInt8>) -> Void) -> ReadOutcome {
        guard !self.isClosedByPeer else { return .ended(.endOfStream) }
        let count = self.scratch.read(from: self.descriptor, atMost: limit)
        guard count != -Int64(clinux_would_block()) else { return .nothing }
        guard count >= 0 else { return .ended(.systemCall(code: Int32(-count))) }
        guard count > 0 else { return .ended(.endOfStream) }
        guard self.engine != nil else {
            body(self.scratch.bytes[..<Int(count)])
            return .bytes(Int(count))
        }
        return self.decrypt(Int(count), body)
    }

    private mutating func decrypt(_ count: Int, _ body: (ArraySlice<UInt8>) -> Void) -> ReadOutcome {
        self.plaintext.removeAll(keepingCapacity: true)
        let bytes = self.scratch.bytes
        do throws(TLSError) {
            try self.engine?.receive(bytes.span.extracting(first: count), into: &self.plaintext)
        } catch {
            return .ended(.tls(error))
        }
        self.collectOutgoing()
        self.isClosedByPeer = self.engine?.state == .closedByPeer
        body(self.plaintext[...])
        return .bytes(count)
    }

    /// Writes what waits. What cannot be written is dropped, and the next read tells why.
    mutating func flush() {
        guard self.engine != nil else {
            guard !self.outbound.isEmpty else { return }
            let result = self.outbound.write(to: self.descriptor)
            if result < 0, result != -Int64(clinux_would_block()) { self.outbound.removeAll() }
            return
        }
        if self.sealedWritten == self.sealed.count, !self.outbound.isEmpty {
            self.sealed.removeAll(keepingCapacity: true)
            self.sealedWritten = 0
            self.seal(self.outbound.remainder())
            self.outbound.removeAll()
        }
        guard self.sealedWritten < self.sealed.count else { return }
        let result = ConnectorLoop.write(self.sealed[self.sealedWritten...], to: self.descriptor)
        if result >= 0 {
            self.sealedWritten += Int(result)
        } else if result != -Int64(clinux_would_block()) {
            self.sealedWritten = self.sealed.count
        }
    }

    /// All that waits and `farewell`, as it is to go on the wire, for whoever closes the link.
    mutating func remainder(with farewell: [UInt8] = []) -> [UInt8] {
        let waiting = self.outbound.remainder() + farewell
        guard self.engine != nil else { return waiting }
        self.sealed.removeFirst(self.sealedWritten)
        self.sealedWritten = 0
        self.seal(waiting)
        self.engine?.close()
        self.collectOutgoing()
        return self.sealed
    }

    /// A session that has failed seals nothing; reading tells its failure.
    private mutating func seal(_ plaintext: [UInt8]) {
        do throws(TLSError) {
            try self.engine?.send(plaintext.span)
        } catch {
            return
        }
        self.collectOutgoing()
    }

    private mutating func collectOutgoing() {
        self.sealed.append(contentsOf: self.engine?.takeOutgoing() ?? [])
    }
}
