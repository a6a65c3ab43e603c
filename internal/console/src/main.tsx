import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { takeLink } from "./session/session";
import "./style/token.css";
import "./style/base.css";
import { startTheme } from "./style/theme";

startTheme();
takeLink();
addEventListener("hashchange", takeLink);

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
