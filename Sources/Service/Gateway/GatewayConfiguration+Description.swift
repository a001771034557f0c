import Addressing
import AudioFiles
import BotDialects
import BotProtocol
import BotTransports
import CallControl
import ControlAPI
import MediaPlane
import SIPSyntax
import SIPUserAgent
import TLS
import Telemetry
import Timekeeping
import Trunks

extension GatewayConfiguration {
    /// What deserves a second look before it goes into service; whole sentences.
    package var warnings: [String] {
        var warnings: [String] = []
        for trunk in self.trunks {
            if trunk.tls.insecureSkipCertificateCheck {
                warnings.append("Trunk \(trunk.name) accepts any certificate: anybody in the path can be the carrier.")
            }
            if trunk.transport == .tls, !trunk.usesSRTP {
                warnings.append("Trunk \(trunk.name) sends its media in the clear although signalling is TLS.")
            }
            if trunk.numberMode == .pstn, trunk.allowedPrefixes.isEmpty {
                warnings.append("Trunk \(trunk.name) has no allowedPrefixes, so no number can be called over it.")
            }
        }
        if let api = self.api, IPAddress(api.host)?.isLoopback != true {
            warnings.append("The API listens on \(api.host), beyond this machine, without TLS of its own.")
        }
        if let server = self.botServer {
            if server.identity == nil, !server.address.address.isLoopback {
                warnings.append(
                    "Bots dial \(server.address), beyond this machine, in the clear: tokens and calls can be read.")
            }
            if self.awaitedBots.isEmpty {
                warnings.append("botServer listens, and no bot has 'dials: true'.")
            }
        }
        if self.insecureKeepsTraceSecrets {
            warnings.append("Traces keep SRTP keys and credentials: who reads one can decrypt its call.")
        }
        if self.media.ports.upperBound > 32_767 {
            warnings.append("media.ports reaches into the kernel's ephemeral ports, where other programs take ports.")
        }
        return warnings
    }
}

/// What would be used, with every default, as `trunkline check` prints it. No secret is in it.
extension GatewayConfiguration: CustomStringConvertible {
    package var description: String {
        var lines: [String] = ["sip:"]
        lines += self.listeners.isEmpty ? ["  listeners: none"] : ["  listeners:"]
        lines += self.listeners.map { "    - \($0.transport.rawValue) \($0.address)" }
        lines += self.session.lines.map { "  \($0)" }
        lines.append("  dialogPeers: \(self.limits.dialogPeersWord)")
        lines += [
            "media:", "  ports: \(self.media.ports.lowerBound)-\(self.media.ports.upperBound)",
            "  bindAddress: \(self.media.bindAddress)",
            "  threads: \(self.media.threads.map(String.init) ?? "one for each core but one")",
            "limits:", "  maxCalls: \(self.callsMax)",
        ]
        lines += self.limits.lines(callsMax: self.callsMax)
        lines += [
            "log:", "  format: \(self.logFormat.rawValue)", "  level: \(self.logLevel.rawValue)",
            "prompts: \(self.promptsDirectory ?? "none")", "records: \(self.recordsFile)",
        ]
        if let directory = self.recordingsDirectory {
            lines += [
                "recordings:", "  directory: \(directory)", "  calls: \(self.recordsCalls)",
                "  freeDiskMiB: \(self.recordingLimits.freeDiskInBytesMin >> 20)",
            ]
        } else {
            lines.append("recordings: none")
        }
        lines.append(self.api.map { "api: \($0.host) port \($0.port), token \($0.token)" } ?? "api: none")
        lines += [
            "trace:",
            "  hep: "
                + (self.hep.map {
                    "\($0.host) port \($0.port), captureId \($0.captureID)"
                        + ($0.password == nil ? "" : ", password (hidden)")
                } ?? "none"),
            "  secrets: \(self.insecureKeepsTraceSecrets ? "KEPT" : "hidden")",
        ]
        lines.append(self.trunks.isEmpty ? "trunks: none" : "trunks:")
        lines += self.trunks.flatMap(Self.lines)
        lines.append(self.botServer.map { "botServer: \($0.url(at: $0.address))" } ?? "botServer: none")
        lines.append(self.bots.isEmpty ? "bots: none" : "bots:")
        lines += self.bots.flatMap(Self.lines)
        lines.append(self.routes.isEmpty ? "routes: none" : "routes:")
        lines += self.routes.map {
            "  - \($0.trunk) \($0.number) -> \($0.bot)" + ($0.startsEarly ? ", in early media" : "")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ trunk: Trunk) -> [String] {
        var lines = ["  \(trunk.name):", "    transport: \(trunk.transport.rawValue)"]
        lines += trunk.pointsOfPresence.enumerated().map { index, point in
            let media = point.mediaAddresses.map(\.description).joined(separator: ", ")
            let place = point.lookup == .services ? "\(point.host) by SRV" : "\(point.host):\(point.port)"
            return "    address \(index + 1): \(place) (\(point.name))"
                + (media.isEmpty ? "" : ", media from \(media)")
        }
        lines += trunk.nameOverrides.map { "    \($0.key) is taken to be \($0.value)" }.sorted()
        lines += [
            "    mode: \(trunk.numberMode == .flow ? "flow" : "pstn")",
            "    number: \(trunk.ownNumber?.text ?? "none")", "    callerID: \(trunk.callerID?.text ?? "none")",
            "    media: \(trunk.usesSRTP ? "SRTP with SDES keys" : "RTP without encryption")",
            "    allowedPrefixes: \(Self.listed(trunk.allowedPrefixes.map(\.text)))",
            "    sources: \(Self.listed(trunk.sources.map(\.description).sorted()))",
            "    bindAddress: \(trunk.bindAddress?.description ?? "chosen by the kernel")",
            "    externalAddress: \(trunk.externalAddress?.description ?? "the local address")",
            "    responseDeadline: \(trunk.deadlines.firstResponse.settingText)",
            "    setupLimit: \(trunk.deadlines.setup.settingText)",
            "    ringDeadline: \(trunk.deadlines.ring.settingText)",
            "    maximumDuration: \(trunk.deadlines.maximumDuration.settingText)",
            "    healthCheck: \(Self.text(of: trunk.healthCheck))",
            "    mediaTimeout: \(trunk.deadlines.mediaTimeout.settingText)",
            "    silenceAfter: \(trunk.deadlines.silenceAfter.settingText)",
            "    earlyMedia: \(trunk.sendsEarlyMedia ? "send" : "hear")",
            "    transfer: \(Self.word(for: trunk.transfer.way)), "
                + "then \(trunk.transfer.returnsToBot ? "returnToBot" : "hangUp"); "
                + "the far end's own wish is \(trunk.transfer.acceptsFromPeer ? "granted" : "declined")",
            "    dtmf: \(trunk.digits == .info ? "info" : trunk.digits == .inBand ? "inband" : "rfc4733")",
            "    \(trunk.session.lines[0])",
            "    \(trunk.session.lines[1])",
            "    pace: \(trunk.pace.limit) calls a minute, \(trunk.pace.waitingMax) may wait",
        ]
        if trunk.transport == .tls {
            lines.append(
                "    certificates: "
                    + (trunk.tls.insecureSkipCertificateCheck
                        ? "NOT CHECKED" : "checked against \(trunk.tls.authorityFile ?? "the system's authorities")"))
        }
        lines += trunk.mandatoryHeaders.map { "    header \($0.name): \($0.value)" }
        lines += Self.identityLines(trunk)
        // A value may be a key of the carrier's.
        lines += trunk.headers.map { "    header \($0.name): (hidden)" }
        return lines
    }

    private static func text(of check: HealthCheck?) -> String {
        guard let check else { return "off" }
        return "every \(check.interval.settingText) or more, down after \(check.failuresMax) failures, up after "
            + "\(check.answersMin) answers"
    }

    private static func listed(_ items: [String]) -> String {
        items.isEmpty ? "none" : items.joined(separator: ", ")
    }

    private static func lines(_ bot: BotPlan) -> [String] {
        var lines = ["  \(bot.name):"]
        switch bot.endpoint {
        case .webSocket(let endpoint):
            // The query may hold a token.
            let path = endpoint.target.prefix(while: { $0 != "?" })
            let place =
                endpoint.socketPath.map { "ws+unix:\($0):" }
                ?? (endpoint.tls == nil ? "ws://" : "wss://") + endpoint.authority
            lines.append("    url: \(place)\(path)" + (path == endpoint.target ? "" : "?(hidden)"))
            lines += endpoint.headers.map { "    header \($0.name): (hidden)" }
        case .stream(let endpoint):
            lines.append("    url: \(endpoint.tls == nil ? "tcp" : "tls")://\(endpoint.host):\(endpoint.port)")
        case .process(let endpoint):
            // An argument may be a secret out of the environment.
            let hidden = endpoint.arguments.count - 1
            lines.append("    command: \(endpoint.arguments[0])" + (hidden > 0 ? " (\(hidden) arguments hidden)" : ""))
            lines.append("    directory: \(endpoint.workingDirectory ?? "the gateway's own")")
            lines += endpoint.environment.map { "    environment \($0.name): (hidden)" }
            lines.append("    warm: \(bot.warmCount)")
        case .awaited(let awaited):
            lines.append("    dials: \(awaited.path), token \(awaited.token)")
            lines.append("    waiting: \(awaited.waitingMax)")
        }
        lines.append("    dialect: \(bot.dialect.name.rawValue)")
        lines.append("    startDeadline: \(bot.startDeadline.settingText)")
        lines.append("    stallDeadline: \(bot.stallDeadline.settingText)")
        return lines
    }
}
