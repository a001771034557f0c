import BotProtocol
import CLinux
import Logging
import Reactor
import Timekeeping
import WebSocketFraming

/// A call that waits for its bot to dial.
struct ExpectantCall {
    let path: String
    let request: ConnectRequest
}

/// Bots that wait for calls, and calls that wait for bots.
extension ConnectorLoop {
    func beginWaiting(_ id: UInt64, path: String, name: String, remainder: [UInt8]) {
        let bot = WaitingBot(at: Reactor.now())
        self.inbound[id]?.state = .waiting(bot, path: path, name: name)
        self.timers.set(.inbound(id), to: bot.deadline)
        self.logger.info("a bot waits for a call", metadata: ["connection": "\(name)", "path": "\(path)"])
        var call = self.reception.arrive(id, at: path)
        while let ended = call, self.expectant[ended]?.request.isWanted() == false {
            // That call was given up while it waited.
            self.answer(ended, .failure(.noneWaiting(path: path)))
            call = self.reception.arrive(id, at: path)
        }
        self.hear(remainder[...], of: id)
        // The bot is told that it is let in before a call has the connection.
        self.flushInbound(id)
        guard let call else { return }
        guard self.inbound[id] != nil else {
            // It had gone wrong already; the call waits for the next.
            _ = self.reception.wait(call, for: path)
            return
        }
        self.handOver(id, to: call)
    }

    /// Takes what a waiting bot has sent.
    func hear(_ bytes: ArraySlice<UInt8>, of id: UInt64) {
        guard case .waiting(var bot, let path, let name) = self.inbound[id]?.state else { return }
        do throws(WaitingBot.End) {
            let answer = try bot.receive(bytes, at: Reactor.now())
            self.inbound[id]?.state = .waiting(bot, path: path, name: name)
            self.inbound[id]?.send(answer)
            self.timers.set(.inbound(id), to: bot.deadline)
        } catch {
            self.end(id, error)
        }
    }

    func inboundExpired(_ id: UInt64) {
        guard case .waiting(var bot, let path, let name) = self.inbound[id]?.state else { return self.dropInbound(id) }
        do throws(WaitingBot.End) {
            let ping = try bot.handleTimeout(at: Reactor.now())
            self.inbound[id]?.state = .waiting(bot, path: path, name: name)
            self.inbound[id]?.send(ping)
            self.timers.set(.inbound(id), to: bot.deadline)
            self.flushInbound(id)
        } catch {
            self.end(id, error)
        }
    }

    /// Ends a connection by a close frame.
    private func end(_ id: UInt64, _ end: WaitingBot.End) {
        self.noteLoss(id, end)
        self.dismiss(bot: id, by: end.closeCode)
    }

    func dismiss(bot id: UInt64, by code: CloseCode) {
        guard case .waiting(_, let path, _) = self.inbound[id]?.state else { return }
        self.reception.leave(id, from: path)
        var farewell: [UInt8] = []
        FrameWriter.appendClose(code, maskingKey: nil, to: &farewell)
        self.inbound[id]?.send(farewell)
        self.windUp(inbound: id)
    }

    /// A connection is gone, or of no use.
    func lose(_ id: UInt64, _ reason: any Error) {
        if case .waiting(_, let path, _) = self.inbound[id]?.state {
            self.noteLoss(id, reason)
            self.reception.leave(id, from: path)
        }
        self.dropInbound(id)
    }

    private func noteLoss(_ id: UInt64, _ reason: any Error) {
        guard case .waiting(_, let path, let name) = self.inbound[id]?.state else { return }
        self.logger.notice(
            "a bot waits no more", metadata: ["connection": "\(name)", "path": "\(path)", "reason": "\(reason)"])
    }

    // MARK: Calls

    func await(_ bot: AwaitedBot, _ request: ConnectRequest) {
        let call = self.makeID()
        self.expectant[call] = ExpectantCall(path: bot.path, request: request)
        while let id = self.reception.take(from: bot.path) {
            // One that left a moment ago is no bot for a call.
            self.advanceInbound(id)
            if self.inbound[id] != nil { return self.handOver(id, to: call) }
        }
        guard self.reception.wait(call, for: bot.path) else {
            return self.answer(call, .failure(self.server == nil ? .noneWaiting(path: bot.path) : .queueFull))
        }
        self.timers.set(.expectant(call), to: request.deadline)
    }

    func expectantExpired(_ call: UInt64) {
        guard let expectant = self.expectant[call] else { return }
        self.answer(call, .failure(.noneWaiting(path: expectant.path)))
    }

    func answer(_ call: UInt64, _ result: Result<ConnectedBot, BotConnectionError>) {
        guard let expectant = self.expectant.removeValue(forKey: call) else { return }
        self.timers.remove(.expectant(call))
        self.reception.withdraw(call, from: expectant.path)
        expectant.request.completion(result)
    }

    private func handOver(_ id: UInt64, to call: UInt64) {
        guard let bot = self.inbound.removeValue(forKey: id), case .waiting(let waiting, let path, let name) = bot.state
        else { return }
        self.timers.remove(.inbound(id))
        do throws(ReactorError) {
            try self.reactor.remove(bot.descriptor)
        } catch {
            self.discard(bot.descriptor)
            return self.answer(call, .failure(error.asConnectionError))
        }
        let callID = self.expectant[call]?.request.callID ?? ""
        self.logger.info(
            "a bot takes a call", metadata: ["connection": "\(name)", "path": "\(path)", "call": "\(callID)"])
        let socket = ConnectedSocket(
            descriptor: bot.descriptor, role: .server, tls: bot.tls, received: waiting.remainder,
            unsent: Array(bot.outgoing))
        self.answer(call, .success(ConnectedBot(.webSocket(socket), connectionName: name, closing: self.inbox)))
    }

    func makeConnectionName() -> String {
        var generator = SystemRandomNumberGenerator()
        let number = String(generator.next(), radix: 16)
        return "b-" + String(repeating: "0", count: 16 - number.utf8.count) + number
    }
}
