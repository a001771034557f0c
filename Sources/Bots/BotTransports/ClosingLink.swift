import CLinux
import Reactor
import Timekeeping

/// A link that is being wound up: what waits is written, then the peer gets a little time to read it.
struct ClosingLink {
    let wire: ConnectedBot.Wire
    var remainder: ArraySlice<UInt8>
    /// Whether the end of our bytes has been told (FIN, or the end of the child's input).
    var isFinished = false

    /// What we write to.
    var input: Int32 {
        switch self.wire {
        case .webSocket(let socket), .stream(let socket): socket.descriptor
        case .process(let input, _, _, _): input
        }
    }

    /// What we read from.
    var output: Int32 {
        switch self.wire {
        case .webSocket(let socket), .stream(let socket): socket.descriptor
        case .process(_, let output, _, _): output
        }
    }
}

extension ConnectorLoop {
    func windUp(_ request: CloseRequest) {
        let id = self.makeID()
        let link = ClosingLink(wire: request.wire, remainder: request.remainder[...])
        self.closings[id] = link
        self.timers.set(.closing(id), to: Reactor.now() + Self.closePatience)
        do throws(ReactorError) {
            switch link.wire {
            case .webSocket(let socket), .stream(let socket):
                try self.reactor.add(
                    socket.descriptor, token: Self.token(.closingInput, id), interest: [.read, .write])
            case .process(let input, let output, _, _):
                try self.reactor.add(input, token: Self.token(.closingInput, id), interest: .write)
                try self.reactor.add(output, token: Self.token(.closingOutput, id), interest: .read)
            }
        } catch {
            return self.closingExpired(id)
        }
        self.advanceClosing(id)
    }

    /// Writes what is left, tells the end, and reads until the peer has told its own.
    func advanceClosing(_ id: UInt64) {
        guard var link = self.closings[id] else { return }
        if !link.isFinished {
            if !link.remainder.isEmpty {
                let written = Self.write(link.remainder, to: link.input)
                if written >= 0 {
                    link.remainder = link.remainder.dropFirst(Int(written))
                } else if written != -Int64(clinux_would_block()) {
                    link.remainder = []
                }
            }
            if link.remainder.isEmpty { self.tellEnd(of: &link, id) }
            self.closings[id] = link
        }
        if self.drain(link.output) { self.closingExpired(id) }
    }

    private func tellEnd(of link: inout ClosingLink, _ id: UInt64) {
        link.isFinished = true
        switch link.wire {
        case .webSocket(let socket), .stream(let socket):
            let descriptor = socket.descriptor
            // The close frame was the last of the remainder. Should the half-close fail, the deadline closes it whole.
            _ = clinux_shutdown_write(descriptor)
            do throws(ReactorError) {
                try self.reactor.modify(descriptor, token: Self.token(.closingInput, id), interest: .read)
            } catch {
                self.timers.set(.closing(id), to: Reactor.now())
            }
        case .process(let input, _, let child, _):
            self.discard(input)
            self.dismiss(child)
        }
    }

    /// Reads and forgets what the peer still sends, a bounded amount at a time. True at its end.
    private func drain(_ descriptor: Int32) -> Bool {
        var scratch = ReadScratch()
        for _ in 0..<Self.drainReadsMax {
            let count = scratch.read(from: descriptor, atMost: scratch.bytes.count)
            if count == -Int64(clinux_would_block()) { return false }
            if count <= 0 { return true }
        }
        return false
    }

    /// The peer is done, or has had its time.
    func closingExpired(_ id: UInt64) {
        guard let link = self.closings.removeValue(forKey: id) else { return }
        self.timers.remove(.closing(id))
        switch link.wire {
        case .webSocket(let socket), .stream(let socket):
            self.discard(socket.descriptor)
        case .process(let input, let output, let child, _):
            if !link.isFinished {
                self.discard(input)
                self.dismiss(child)
            }
            self.discard(output)
        }
    }

    private static let closePatience: Duration = .seconds(2)
    private static let drainReadsMax = 32
}
