import type { ButtonHTMLAttributes, ReactNode } from "react";
import { useState } from "react";
import { Link } from "wouter";
import "./button.css";
import { Icon, type IconName } from "./icon";

type Look = "plain" | "main" | "danger" | "ghost";

interface Shape {
  look?: Look;
  small?: boolean;
  icon?: IconName;
}

function classOf({ look = "plain", small, icon }: Shape, hasText: boolean): string {
  return ["button", look, small && "small", icon && !hasText && "icon"].filter(Boolean).join(" ");
}

interface ButtonProps extends Shape, Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> {
  /** While busy the button cannot be pressed again. */
  busy?: boolean;
  children?: ReactNode;
}

/** A button without text needs an aria-label; it is its tooltip too. */
export function Button({ look, small, icon, busy, children, disabled, type = "button", ...rest }: ButtonProps) {
  const hasText = children !== undefined && children !== null;
  return (
    <button
      {...rest}
      type={type}
      title={rest.title ?? (hasText ? undefined : rest["aria-label"])}
      className={classOf({ look, small, icon }, hasText)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
    >
      {busy ? <span className="spin" /> : icon && <Icon name={icon} size={small ? 15 : 17} />}
      {children}
    </button>
  );
}

/** LinkButton goes to another page of the console. */
export function LinkButton({ href, look, small, icon, children }: Shape & { href: string; children: ReactNode }) {
  return (
    <Link href={href} className={classOf({ look, small, icon }, true)}>
      {icon && <Icon name={icon} size={small ? 15 : 17} />}
      {children}
    </Link>
  );
}

/** CopyButton puts a text on the clipboard and says that it did. */
export function CopyButton({ text, label = "Copy", small = true }: { text: string | (() => string); label?: string; small?: boolean }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <Button small={small} look="ghost" icon={done ? "check" : "copy"} onClick={() => void copy()}>
      <span aria-live="polite">{done ? "Copied" : label}</span>
    </Button>
  );
}
