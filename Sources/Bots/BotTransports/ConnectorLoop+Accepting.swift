import BotProtocol
import CLinux
import Logging
import Reactor
import TLS
import Timekeeping
import WebSocketFraming

/// Bots that dial the gateway, until they are let in.
extension ConnectorLoop {
    func startListening() {
        guard let server = self.server else { return }
        do throws(ReactorError) {
            try self.reactor.add(server.listener, token: Self.token(.listener, 0), interest: .read)
        } catch {
            self.logger.error("bots cannot dial the gateway", metadata: ["error": "\(error)"])
        }
    }

    func acceptBots() {
        guard let server = self.server else { return }
        for _ in 0..<Self.acceptsMax {
            // Who is not accepted waits in the kernel's queue.
            guard self.openingCount < Self.openingsMax, DescriptorReserve.admitsMore else { return self.restListener() }
            let descriptor = clinux_tcp_accept(server.listener)
            guard descriptor != -clinux_would_block() else { return }
            guard descriptor >= 0 else { return self.restListener() }
            // Small buffers keep what a bot has not read where it is counted; a refusal changes only that.
            _ = clinux_socket_set_buffers(descriptor, Self.inboundBuffer, Self.inboundBuffer)
            self.receive(descriptor, server)
        }
    }

    private func receive(_ descriptor: Int32, _ server: BotServer) {
        let id = self.makeID()
        do {
            let tls = try server.tls.map { context throws(TLSError) in TLSHandover(try TLSEngine(server: context)) }
            try self.reactor.add(descriptor, token: Self.token(.inbound, id), interest: .read)
            self.inbound[id] = InboundBot(descriptor: descriptor, tls: tls)
            self.timers.set(.inbound(id), to: Reactor.now() + Self.openingDeadline)
        } catch {
            self.logger.warning("a bot's connection is closed", metadata: ["error": "\(error)"])
            self.discard(descriptor)
        }
    }

    private var openingCount: Int { self.inbound.count - self.reception.connectionCount }

    /// Looks away from the listener for a little, so that what cannot be accepted wakes nobody.
    private func restListener() {
        guard let server = self.server else { return }
        do throws(ReactorError) {
            try self.reactor.remove(server.listener)
        } catch {
            preconditionFailure("a listener that is open and watched can be let go: \(error)")
        }
        self.timers.set(.listener, to: Reactor.now() + Self.listenerRest)
    }

    func stopListening() {
        guard let server = self.server else { return }
        self.timers.remove(.listener)
        self.discard(server.listener)
        self.server = nil
        for id in Array(self.inbound.keys) {
            switch self.inbound[id]?.state {
            case .waiting: self.dismiss(bot: id, by: .goingAway)
            case .opening: self.dropInbound(id)
            case nil: continue
            }
        }
        for id in Array(self.expectant.keys) { self.answer(id, .failure(.shutDown)) }
    }

    // MARK: A connection

    func advanceInbound(_ id: UInt64) {
        var scratch = ReadScratch()
        for _ in 0..<Self.readsMax {
            guard let descriptor = self.inbound[id]?.descriptor else { return }
            let count = scratch.read(from: descriptor, atMost: scratch.bytes.count)
            guard count != -Int64(clinux_would_block()) else { break }
            guard count > 0 else { return self.lose(id, WaitingBot.End.closedByBot) }
            self.take(scratch.bytes[..<Int(count)], of: id)
        }
        self.flushInbound(id)
    }

    private func take(_ bytes: ArraySlice<UInt8>, of id: UInt64) {
        do throws(TLSError) {
            guard let plaintext = try self.inbound[id]?.open(bytes) else { return }
            switch self.inbound[id]?.state {
            case nil: return
            case .waiting: self.hear(plaintext[...], of: id)
            case .opening(let handshake): self.open(handshake, with: plaintext, of: id)
            }
        } catch {
            self.flushInbound(id)
            self.lose(id, error)
        }
    }

    private func open(_ handshake: ServerHandshake, with bytes: [UInt8], of id: UInt64) {
        var handshake = handshake
        do throws(HandshakeError) {
            let opening = try handshake.receive(bytes)
            self.inbound[id]?.state = .opening(handshake)
            guard let opening else { return }
            self.admit(opening, id)
        } catch {
            self.refuse(id, with: ServerHandshake.refusal(of: error), because: "\(error)")
        }
    }

    private func admit(_ opening: ServerHandshake.Opening, _ id: UInt64) {
        do throws(BotReception.Refusal) {
            let path = try self.reception.admit(opening)
            let name = self.makeConnectionName()
            self.inbound[id]?.send(opening.acceptance(adding: Self.nameField, name))
            self.beginWaiting(id, path: path, name: name, remainder: opening.remainder)
        } catch {
            self.refuse(id, with: error.answer, because: "\(error)")
        }
    }

    private func refuse(_ id: UInt64, with answer: [UInt8], because reason: String) {
        self.logger.info("a bot's connection is refused", metadata: ["reason": "\(reason)"])
        self.inbound[id]?.send(answer)
        self.windUp(inbound: id)
    }

    /// The answer leaves before the connection does.
    func windUp(inbound id: UInt64) {
        guard let bot = self.inbound.removeValue(forKey: id) else { return }
        self.timers.remove(.inbound(id))
        do throws(ReactorError) {
            try self.reactor.remove(bot.descriptor)
        } catch {
            return self.discard(bot.descriptor)
        }
        self.windUp(
            CloseRequest(
                wire: .webSocket(ConnectedSocket(descriptor: bot.descriptor)), remainder: Array(bot.outgoing)))
    }

    func dropInbound(_ id: UInt64) {
        guard let bot = self.inbound.removeValue(forKey: id) else { return }
        self.timers.remove(.inbound(id))
        self.discard(bot.descriptor)
    }

    /// Writes what waits and watches for what is left. A bot that reads nothing while it waits is no bot for a call.
    func flushInbound(_ id: UInt64) {
        guard var bot = self.inbound[id] else { return }
        let hadOutgoing = bot.watchesWrite
        if !bot.outgoing.isEmpty {
            let written = Self.write(bot.outgoing, to: bot.descriptor)
            guard written >= 0 || written == -Int64(clinux_would_block()), bot.outgoing.count <= Self.outgoingMax
            else { return self.lose(id, WaitingBot.End.silent) }
            bot.outgoing = bot.outgoing.dropFirst(Int(max(0, written)))
        }
        bot.watchesWrite = !bot.outgoing.isEmpty
        self.inbound[id] = bot
        guard hadOutgoing != bot.watchesWrite else { return }
        do throws(ReactorError) {
            try self.reactor.modify(
                bot.descriptor, token: Self.token(.inbound, id), interest: bot.watchesWrite ? [.read, .write] : .read)
        } catch {
            self.lose(id, error)
        }
    }

    private static let nameField = "Trunkline-Connection"
    private static let acceptsMax = 16
    /// Connections that have not shown their token; more wait in the kernel's queue.
    private static let openingsMax = 64
    private static let openingDeadline: Duration = .seconds(5)
    private static let listenerRest: Duration = .milliseconds(100)
    /// Reads of 8 KiB for one wake-up, so that a bot that floods leaves time for the others.
    private static let readsMax = 8
    /// Bytes that may wait for a bot that has no call.
    private static let outgoingMax = 32_768
    /// Bytes asked for each way; the kernel doubles it.
    private static let inboundBuffer: Int32 = 65_536
}
