import AudioFiles
import Foundation

/// Whether files can be made and written where the configuration wants them, found out by trying: permissions alone do
/// not tell of read-only file systems and of /proc.
enum FileTrial {
    /// Why nothing can be appended to `path`, which is made where it is missing; nil where it can.
    static func whyNotAppendable(_ path: String) -> String? {
        if GatewayConfigurationNode.isDirectory(path) { return "it is a directory" }
        // A link is followed: what matters is where the lines go.
        let target = URL(filePath: path).resolvingSymlinksInPath()
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target.path(percentEncoded: false))
        else { return Self.whyNoFile(in: target.deletingLastPathComponent().path(percentEncoded: false)) }
        // Opening a pipe would wait for its reader.
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            return FileManager.default.isWritableFile(atPath: path) ? nil : "this user may not write to it"
        }
        do {
            try FileHandle(forWritingTo: target).close()
            return nil
        } catch {
            return Self.reason(error)
        }
    }

    /// Why no file can be made in the directory `path`, which is made itself where only its last part is missing.
    static func whyNotFilled(_ path: String) -> String? {
        if GatewayConfigurationNode.isDirectory(path) { return Self.whyNoFile(in: path) }
        if FileManager.default.fileExists(atPath: path) { return "it is no directory" }
        // What is neither there nor missing is a link to something that is missing, which is not made.
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil {
            return "it is a link to nothing"
        }
        return Self.whyNoFile(in: URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
    }

    private static func whyNoFile(in directory: String) -> String? {
        let probe = URL(filePath: directory).appending(path: ".trunkline-trial-\(UInt64.random(in: .min ... .max))")
        do {
            try Data().write(to: probe, options: .withoutOverwriting)
            try FileManager.default.removeItem(at: probe)
            return nil
        } catch {
            return Self.reason(error)
        }
    }

    /// Nil for a full disk: that passes, and what it refuses is tried again.
    private static func reason(_ error: any Error) -> String? {
        guard let cause = (error as? CocoaError)?.underlying as? POSIXError else { return error.localizedDescription }
        switch cause.code {
        case .ENOSPC, .EDQUOT: return nil
        default: return "no file can be written there (\(SystemFault(code: cause.code.rawValue).reason))"
        }
    }
}
