import Addressing
import BotDialects
import BotProtocol
import BotTransports
import CallAudio
import MediaPlane
import PCM
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import SRTP
import Timekeeping
import Trunks

/// The call's media session and its bot.
extension Call {
    func startMediaAndBot() async {
        var request = MediaSessionRequest(callID: self.identifier.description) { [inbox] event in
            inbox.post(.media(event))
        }
        request.bindAddress = self.trunk.bindAddress
        request.rtpTimeout = self.trunk.deadlines.mediaTimeout
        request.silenceAfter = self.trunk.deadlines.silenceAfter
        if case .bot(let bot) = self.companion { request.botStall = bot.stallDeadline }
        request.digits = self.digitPath
        if case .leg(let leg) = self.companion { request.beside = leg.beside }
        if self.recordsCall { request.recording = RecordingRequest(name: self.identifier.description) }
        do {
            let media = try self.services.media.open(request)
            self.media = media
            let suites = self.services.media.cryptoSuites(for: self.trunk)
            self.negotiation = AudioNegotiation(
                address: self.advertisedIPAddress, port: media.localRTPPort, codecs: [.pcma, .pcmu],
                encrypts: self.usesSRTP, takesTelephoneEvents: self.digitPath == .telephoneEvents,
                offeredSuites: suites.offered, takenSuites: suites.taken, using: &self.random)
        } catch {
            await self.carryOut(self.machine.mediaUnavailable(.mediaUnavailable(error), at: self.now))
            return
        }
        await self.startBot()
    }

    /// Hands the connected bot to the media thread, which tells it about the call at once.
    func attach(_ connected: ConnectedBot) {
        guard case .bot(let bot) = self.companion else { return }
        var start = BotStart(
            callID: self.identifier.description, direction: self.record.direction, from: self.record.from,
            to: self.record.to, rate: bot.dialect.rate)
        start.parameters = self.parameters
        if let name = connected.connectionName {
            start.parameters.append(NamedValue(Self.connectionParameter, name))
        }
        if case .inbound(let invite, _) = self.side { start.headers = invite.extensionHeaders(over: self.trunk) }
        self.command(.attach(connected, dialect: bot.dialect, start: start))
    }

    /// How a bot that dialled the gateway is told which of its connections has the call.
    private static let connectionParameter = "connection_id"

    func connectMedia() {
        guard let negotiated = self.negotiation?.negotiated else { return }
        self.record.codec = negotiated.codec.rawValue
        self.record.securitySuite = negotiated.security?.suite.rawValue
        self.record.remoteMedia = negotiated.remoteRTP.description
        self.record.localMedia = self.media.map { "\(self.advertisedIPAddress.bracketed):\($0.localRTPPort)" }
        self.command(.connect(negotiated.wireParameters, security: negotiated.wireSecurity))
    }

    /// Gives media a command that the call cannot do without.
    func command(_ command: MediaCommand) {
        guard let media = self.media, !media.send(command) else { return }
        // No SRTP context could be made, or the session has fallen far behind: never a call without its protection.
        self.inbox.post(
            .end(EndCause(.internalFault, by: .gateway, sentence: "The media session could not take what was agreed.")))
    }

    func stopMedia(_ cause: EndCause) {
        self.media?.send(.stop(cause.botStopReason))
    }

    func handle(_ event: MediaEvent) async {
        switch event {
        case .botReady(let rate):
            guard self.record.moments.botReady == nil else { return }
            self.record.moments.botReady = self.now
            self.tell(.botReady(hertz: rate.rawValue))
            await self.carryOut(self.machine.botReady(at: self.now))
        case .botWish(let wish):
            guard let wish = CallWish(wish) else {
                self.report(BotTransferProgress(.failed, reason: "There is no such call."))
                return
            }
            await self.grant(wish)
        case .digitsForSignalling(let digits):
            await self.signal(digits)
        case .botHangup(let reason):
            await self.carryOut(self.machine.end(.hangup(by: .bot, reason: reason), at: self.now))
        case .botFailed(let failure):
            await self.carryOut(self.machine.end(EndCause(failure), at: self.now))
        case .botOverflow(let overflow):
            self.tell(.note(overflow.sentence))
        case .botMessageIgnored:
            self.tell(.note("The bot sent a message that means nothing in its dialect; such messages are passed over."))
        case .promptMissing(let name, let error):
            let prompt = name.prefix(64).debugDescription
            self.tell(.note("The bot asked for the prompt \(prompt), which cannot be played: \(error)."))
        case .dtmfReceived(let digit, _):
            self.tell(.digitReceived(digit))
        case .dtmfSent(let digit):
            self.tell(.digitSent(digit))
        case .firstPacketReceived:
            self.tell(.firstAudioReceived)
        case .firstAudioSent:
            self.tell(.firstAudioSent)
        case .mediaTimeout:
            await self.carryOut(self.machine.end(.mediaTimeout, at: self.now))
        case .silence(let silence):
            self.tell(.note(silence.sentence))
        case .ended(let report):
            self.record.media = report
            self.media = nil
            await self.carryOut(self.machine.mediaEnded(at: self.now))
        }
    }

    /// Whether media is SRTP: as the trunk says for our calls, as the connection says for theirs.
    private var usesSRTP: Bool {
        switch self.side {
        case .outbound: self.trunk.usesSRTP
        case .inbound(let invite, _):
            self.trunk.mediaProtection == .followsTransport && invite.path.transport == .tls
        }
    }

    private func startBot() async {
        // An offer that cannot be met is refused before anybody rings or any bot is started.
        if case .inbound(let invite, _) = self.side, let offer = invite.offer {
            do {
                self.answerDescription = try self.negotiation?.answer(offer)
            } catch {
                await self.refuse(offer: error)
                return
            }
        }
        guard case .bot(let bot) = self.companion else {
            // The far end speaks with another call: nobody is waited for.
            await self.carryOut(self.machine.botReady(at: self.now))
            return
        }
        self.services.connector.connect(
            bot.endpoint, callID: self.identifier.description, deadline: bot.startDeadline,
            isWanted: { [inbox] in !inbox.isFinished }
        ) { [inbox] result in
            switch result {
            case .success(let connected): inbox.post(.botConnected(connected))
            case .failure(let error): inbox.post(.botUnreachable(error))
            }
        }
    }

    private func refuse(offer refusal: SDPRefusal) async {
        if let session = self.session {
            await self.services.endpoint.reject(
                session, StatusCode(refusal.statusCode) ?? .notAcceptableHere, headers: [.warning(refusal)])
        }
        self.leaveSession()
        await self.carryOut(self.machine.end(.mediaNegotiation(refusal), at: self.now))
    }
}

extension EndCause {
    static func mediaUnavailable(_ error: MediaPlaneError) -> EndCause {
        switch error {
        case .portsExhausted, .descriptorsExhausted, .inboxFull:
            EndCause(
                .capacity, by: .gateway, sentence: "No media session can be opened: \(error).",
                remedy: "Widen media.ports, raise the limit of open files, or lower limits.maxCalls.")
        case .addressUnavailable, .portRangeUnusable, .threadUnavailable:
            EndCause(
                .internalFault, by: .gateway, sentence: "No media session can be opened: \(error).",
                remedy: "Check the trunk's bindAddress and media.ports.")
        case .shuttingDown:
            .shutdown
        }
    }

    init(_ error: BotConnectionError) {
        guard !error.isOutOfRoom else {
            self = EndCause(
                .capacity, by: .gateway, sentence: "There is no room for one more bot: \(error).",
                remedy: "Raise the limit of open files, or lower limits.maxCalls.")
            return
        }
        self = .botFailure("The bot could not be started: \(error).")
    }

    init(_ failure: BotFailure) {
        self = .botFailure("The bot failed: \(failure).")
    }

    var botStopReason: BotStopReason {
        switch self.kind {
        case .hangup:
            switch self.party {
            case .remote, .carrier: .remoteHangup
            case .bot: .botHangup
            case .operatorRequest, .gateway: .gatewayHangup
            }
        case .rejected, .cancelled, .noAnswer, .unreachable, .authentication, .redirectLimit, .setupLimit: .notAnswered
        case .transferred: .transferred
        case .shutdown, .maximumDuration, .capacity: .gatewayHangup
        case .sessionExpired, .mediaNegotiation, .mediaTimeout, .botFailure, .interrupted, .internalFault: .failure
        }
    }
}

extension BotOverflow {
    fileprivate var sentence: String {
        switch self.side {
        case .fromBot:
            "The bot sent more than the play-out queue holds; \(self.dropped.inMilliseconds) ms were refused."
        case .toBot:
            "The bot does not read; \(self.dropped.inMilliseconds) ms of the caller were dropped."
        }
    }
}

extension BotSilence {
    fileprivate var sentence: String {
        let side = self.direction == .inbound ? "from the far end" : "to the far end"
        let words = self.kind.rawValue.split(separator: "_").joined(separator: " ")
        let figures = "\(words), \(self.packets) packets in \(self.duration.inMilliseconds) ms"
        return self.isOver
            ? "The silence \(side) is over (\(figures))."
            : "There is no sound \(side) (\(figures)). \(self.likelyCause)"
    }
}

extension MediaPlane {
    /// The suites that a call offers, and those that it takes: what the trunk says, as far as the engine speaks it.
    fileprivate func cryptoSuites(for trunk: Trunk) -> (offered: [CryptoSuite], taken: [CryptoSuite]) {
        let speaks = { (suite: CryptoSuite) in self.srtpEngine.speaks(suite.protectionProfile) }
        return (
            (trunk.cryptoSuites ?? CryptoSuite.common).filter(speaks),
            (trunk.cryptoSuites ?? CryptoSuite.allCases).filter(speaks)
        )
    }
}
